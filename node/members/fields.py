"""The lines of a profile: which there are, on which face, how they are read, and who sees them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from node.errors import Invalid
from node.industries import catalogue as industries
from node.mail import addresses
from node.words import N_, Message
from schemas.values import host_of

PERSON, BUSINESS = "person", "business"
PUBLIC, MEMBERS, CONNECTIONS, NOBODY = "public", "members", "connections", "nobody"

VISIBILITIES = {
    PUBLIC: N_("Everyone"),
    MEMBERS: N_("Members of this association"),
    CONNECTIONS: N_("People I am connected with"),
    NOBODY: N_("Only me"),
}

EVERYONE = frozenset({PUBLIC})
"""The circles of a reader about whom nothing is known, and of every document that leaves the node."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One line that a profile may have."""

    name: str
    face: str
    label: str
    hint: str = ""
    form: str = "line"
    """line · text (several lines) · web · mail · phone · industry (a code of node.industries)"""
    most: int = 200
    usually: str = PUBLIC
    """Who sees it until its owner says otherwise."""


FIELDS = (
    Kind("about", PERSON, N_("About me"), N_("A few sentences, in your own words."), "text", 2000),
    Kind("origin", PERSON, N_("Where I come from"), N_("A place, a story."), most=300),
    Kind("enjoys", PERSON, N_("What I enjoy"), N_("What people can talk with you about besides work."), most=300),
    Kind("elsewhere", PERSON, N_("My page elsewhere"), N_("A page of yours on another network."), "web", 300),
    Kind("mobile", PERSON, N_("Mobile"), N_("For people you have met."), "phone", 60, CONNECTIONS),
    Kind("private_email", PERSON, N_("Private mail"), "", "mail", 254, NOBODY),
    Kind("trade", BUSINESS, N_("Trade"), N_("What you do, in a few words: “Bakery”, “Joiner for shops”.")),
    Kind("industry", BUSINESS, N_("Industry"), N_("“Bakery” or 10.71. You are found by it in every language."),
         "industry"),
    Kind("title", BUSINESS, N_("Role"), N_("Your part in the business: “Owner”, “Head of sales”.")),
    Kind("offers", BUSINESS, N_("What I offer"), "", "text", 600),
    Kind("seeks", BUSINESS, N_("What I am looking for"), "", "text", 600),
    Kind("helps", BUSINESS, N_("What I can help with"), N_("Something you know and gladly share."), most=300),
    Kind("place", BUSINESS, N_("Place"), N_("Town or district.")),
    Kind("website", BUSINESS, N_("Website"), "", "web", 300),
    Kind("email", BUSINESS, N_("Mail"), "", "mail", 254, MEMBERS),
    Kind("phone", BUSINESS, N_("Phone"), "", "phone", 60, MEMBERS),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in FIELDS}

_PHONE = re.compile(r"[+(]?[0-9][0-9 ()./-]{3,40}(\s*(x|ext\.?)\s*\d{1,6})?")


class HasVisibility(Protocol):
    """Anything that says who may see it."""

    @property
    def visibility(self) -> str: ...


L = TypeVar("L", bound=HasVisibility)


def visible(lines: Iterable[L], circles: frozenset[str]) -> list[L]:
    """The lines that a reader in these circles may see. The one rule, asked by pages, documents and search alike."""
    return [line for line in lines if line.visibility in circles]


def read(name: str, value: str) -> str:
    """A line as it is stored; empty takes it away. Raises Invalid, naming the line."""
    kind = BY_NAME[name]
    value = value.replace("\r\n", "\n").replace("\x00", "").strip()
    if kind.form != "text":
        value = " ".join(value.split())
    if not value:
        return ""
    if len(value) > kind.most:
        raise Invalid({name: Message(N_("Take at most %(count)s characters."), {"count": kind.most})})
    if kind.form == "web":
        return _web(name, value)
    if kind.form == "industry":
        return _industry(name, value)
    if kind.form == "mail":
        return addresses.read(value, name)
    if kind.form == "phone" and not _PHONE.fullmatch(value):
        raise Invalid({name: N_("This does not look like a phone number.")})
    return value


def on_face(lines: Sequence[L], face: str) -> list[L]:
    """The lines of one face in the order of the catalogue."""
    order = {kind.name: position for position, kind in enumerate(FIELDS)}
    chosen = [line for line in lines if BY_NAME[_name(line)].face == face]
    return sorted(chosen, key=lambda line: order[_name(line)])


def _name(line: object) -> str:
    return str(getattr(line, "name"))  # noqa: B009 - rows and views both have it


def _industry(name: str, value: str) -> str:
    found = industries.find(value)
    if len(found) != 1:
        raise Invalid({name: industries.unclear(found)})
    return found[0]


def _web(name: str, value: str) -> str:
    address = value if "://" in value else f"https://{value}"
    if "." not in (host_of(address) or ""):
        raise Invalid({name: N_("Give the address of a page, such as https://example.org.")})
    return address
