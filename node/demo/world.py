"""The made-up people of the demo and what they say, read from the files in content/."""

import functools
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

from node.media.service import Picture

HOUSES = ("alpha", "beta")
PASSWORD = "bread and salt"  # noqa: S105 - the log-in of people who do not exist

_HERE = files("node.demo")
_SPAN = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?")
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class House:
    """One of the two associations."""

    key: str
    name: str
    tagline: str
    about: str
    place: str
    email: str
    languages: tuple[str, ...]
    time_zone: str
    accent: str
    logo: str
    picture: str
    admin: str
    officers: tuple[str, ...]
    unclaimed: tuple[str, ...]
    """Whose pages came with the secretary's file and wait for them."""
    applications: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """How someone likes to be approached."""

    opens_with: str
    languages: tuple[str, ...]
    hours: tuple[tuple[str, str], ...]
    days: tuple[int, ...]
    ask_me_about: tuple[str, ...]
    please_dont: tuple[str, ...]
    pace: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member. ``name`` and ``company`` are empty where the secretary's file brings them."""

    username: str
    house: str
    name: str
    company: str
    trade: str
    trade_code: str
    size: str
    place: str
    about: str
    offers: str
    seeks: str
    enjoys: str
    origin: str
    causes: str
    card: Card


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is published: a post, an answer, or an offer or ask."""

    by: str
    ago: timedelta
    text: str
    key: str = ""
    lens: str = "both"
    language: str = "en"
    picture: str = ""
    after: str = ""
    """The key of the post it answers, or from which an offer or ask began."""
    circle: str = ""
    """The user name of the circle in which it is said."""
    options: tuple[str, ...] = ()
    """Answers to choose from."""
    listing: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Someone asks to connect; without an answer it still waits."""

    inviting: str
    invited: str
    ago: timedelta
    lens: str
    question: str
    about: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Gathering:
    """A circle, open to all, and who is in it besides who began it."""

    username: str
    name: str
    by: str
    about: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Someone shows a post to those who follow them."""

    post: str
    by: str
    ago: timedelta


@dataclass(frozen=True, slots=True)
class World:
    """Everything, in the order in which it happened."""

    houses: dict[str, House]
    people: dict[str, Person]
    entries: tuple[Entry, ...]
    follows: dict[str, tuple[str, ...]]
    invitations: tuple[Invitation, ...]
    circles: tuple[Gathering, ...]
    likes: dict[str, tuple[str, ...]]
    """Who likes a post, by its key."""
    passed_on: tuple[PassedOn, ...]
    votes: dict[str, dict[str, int]]
    """Which answer each one gave to a question, by its key."""
    alt: dict[str, str] = field(default_factory=dict)
    """What is to be seen on each picture."""

    def of(self, house: str) -> list[Person]:
        """The members of one association."""
        return [person for person in self.people.values() if person.house == house]


def span(text: str) -> timedelta:
    """``3d 4h`` as a length of time. Raises ValueError."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or not text.strip():
        raise ValueError(f"not a span of time: {text!r}")
    return timedelta(days=int(found[1] or 0), hours=int(found[2] or 0))


def named(text: str) -> list[str]:
    """The user names in curly brackets."""
    return _NAMED.findall(text)


def address(text: str, handles: dict[str, str]) -> str:
    """The text with everybody's full address in place of ``{name}``."""
    return _NAMED.sub(lambda found: handles[found[1]], text)


def picture(name: str) -> Picture:
    """A drawn picture, such as ``bread`` or ``people/alice``, as if it had been uploaded and written anew."""
    content = (_HERE / "pictures" / f"{name}.webp").read_bytes()
    width, height, blurhash = _index()[name]
    return Picture(content, hashlib.sha256(content).hexdigest(), width, height, blurhash)


@functools.cache
def _index() -> dict[str, tuple[int, int, str]]:
    found: dict[str, tuple[int, int, str]] = json.loads((_HERE / "pictures" / "index.json").read_bytes())
    return found


def member_file(name: str = "members.csv") -> bytes:
    """The secretary's file."""
    return (_HERE / "content" / name).read_bytes()


def load() -> World:
    """Reads the files. A mistake in them raises KeyError or ValueError."""
    people = {person.username: person for house in HOUSES for person in _people(house)}
    listings = [_listing(entry) for entry in _table("listings")["listing"]]
    posts = [_post(entry) for entry in _table("posts")["post"]]
    meetings, life = _table("meetings"), _table("life")
    return World(
        houses={key: _house(key, value) for key, value in _table("associations").items()},
        people=people,
        entries=tuple(sorted([*listings, *posts], key=lambda entry: -entry.ago)),
        follows={who: tuple(whom) for who, whom in meetings["follows"].items()},
        invitations=tuple(sorted(map(_invitation, meetings["connection"]), key=lambda entry: -entry.ago)),
        circles=tuple(
            Gathering(**{**value, "about": value["about"].strip(), "members": tuple(value["members"])})
            for value in life["circle"]
        ),
        likes={key: tuple(who) for key, who in life["likes"].items()},
        passed_on=tuple(PassedOn(**{**value, "ago": span(value["ago"])}) for value in life["passed_on"]),
        votes=life["votes"],
        alt=_table("pictures"),
    )


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / "content" / f"{name}.toml").read_text(encoding="utf-8"))


def _house(key: str, value: dict[str, Any]) -> House:
    value = {**value, "about": value["about"].strip()}
    for name in ("languages", "officers", "unclaimed", "applications"):
        value[name] = tuple(value[name])
    return House(key=key, **value)


def _people(house: str) -> list[Person]:
    return [
        Person(
            username=username,
            house=house,
            card=Card(
                opens_with=value["opens_with"],
                languages=tuple(value["languages"]),
                hours=tuple((begin, end) for begin, end in value["hours"]),
                days=tuple(value["days"]),
                ask_me_about=tuple(value["ask_me_about"]),
                please_dont=tuple(value["please_dont"]),
                pace=value["pace"],
            ),
            **{
                name: value.get(name, "")
                for name in (
                    "name",
                    "company",
                    "trade",
                    "trade_code",
                    "size",
                    "place",
                    "about",
                    "offers",
                    "seeks",
                    "enjoys",
                    "origin",
                    "causes",
                )
            },
        )
        for username, value in _table(house).items()
    ]


def _post(value: dict[str, Any]) -> Entry:
    return Entry(
        by=value["by"],
        ago=span(value["ago"]),
        text=value["text"].strip(),
        key=value.get("key", ""),
        lens=value["lens"],
        language=value.get("language", "en"),
        picture=value.get("picture", ""),
        after=value.get("after", ""),
        circle=value.get("circle", ""),
        options=tuple(value.get("options", ())),
    )


def _listing(value: dict[str, Any]) -> Entry:
    details = {
        "purpose": value["purpose"],
        "title": value["title"],
        "category": value["category"],
        "terms": value["terms"],
        "price": Decimal(value["price"]) if "price" in value else None,
        "is_negotiable": value.get("negotiable", False),
        "barter": value.get("barter", ""),
        "unit": value.get("unit", "one"),
        "quantity": Decimal(value["quantity"]) if "quantity" in value else None,
        "place": value["place"],
        "lasts": timedelta(days=value["lasts"]) if "lasts" in value else None,
    }
    tags = " ".join(f"#{tag}" for tag in value["tags"])
    return Entry(
        by=value["by"],
        ago=span(value["ago"]),
        text=f"{value['body'].strip()}\n\n{tags}",
        lens="business",
        language=value.get("language", "en"),
        picture=value.get("picture", ""),
        after=value.get("began_in", ""),
        listing=details,
    )


def _invitation(value: dict[str, Any]) -> Invitation:
    return Invitation(
        inviting=value["from"],
        invited=value["to"],
        ago=span(value["ago"]),
        lens=value["lens"],
        question=value["question"],
        about=value.get("about", ""),
        answer=value.get("answer", ""),
    )
