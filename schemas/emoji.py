"""Small pictures that stand for a word between colons, as other networks attach them to texts and names (FEP-9098)."""

import re
from dataclasses import dataclass

from schemas.values import Document, Picture, first, listed, type_of_entry

MAX_EMOJI = 64
SHORTCODE = re.compile(r"[A-Za-z0-9_.+-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Emoji:
    """``:shortcode:`` and the address of its picture."""

    shortcode: str
    url: str


def emojis(document: Document) -> tuple[Emoji, ...]:
    """The emoji in the `tag` of a note or an actor, each name once."""
    found: dict[str, Emoji] = {}
    for entry in listed(document, "tag")[:500]:
        if not isinstance(entry, dict) or type_of_entry(entry) != "Emoji" or len(found) == MAX_EMOJI:
            continue
        name = first(entry, "name")
        shortcode = name.strip().strip(":") if isinstance(name, str) else ""
        picture = Picture.read(first(entry, "icon"))
        if picture is not None and SHORTCODE.fullmatch(shortcode) and shortcode not in found:
            found[shortcode] = Emoji(shortcode, picture.url)
    return tuple(found.values())
