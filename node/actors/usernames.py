"""Which user names people can have, and how one is found for a name."""

import re

from node.errors import Invalid
from node.text import fold
from node.uris import RESERVED
from node.words import N_, Message

LONGEST = 30
_ALLOWED = re.compile(r"[a-z0-9_]{1,30}", re.ASCII)


def check(text: str) -> str:
    """The name as it is stored. Raises Invalid (field ``username``)."""
    name = text.strip().lower().removeprefix("@")
    if not name:
        raise Invalid({"username": N_("Choose a name for your address.")})
    if not _ALLOWED.fullmatch(name):
        raise Invalid({"username": N_("Use letters from a to z, digits and underscores, at most 30.")})
    if name in RESERVED:
        raise Invalid({"username": Message(N_("%(name)s belongs to the association itself."), {"name": name})})
    return name


def suggest(name: str, otherwise: str = "member") -> str:
    """A user name for a person's or company's name: ``suggest("Käthe Groß") == "kathe_gross"``."""
    plain = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:LONGEST].rstrip("_")
    if not plain:
        return otherwise
    return f"{plain[: LONGEST - 2]}_1" if plain in RESERVED else plain
