"""A member's host card and public profile lines as they go over the wire."""

import html as markup
import re
from collections.abc import Sequence

from node.actors.model import Actor
from node.industries import catalogue as industries
from node.members.model import HostCard, ProfileField
from schemas import actors as wire

# What strangers' programs show beside the value; in English, for there is one document for all readers.
_LABELS = {"offers": "Offers", "seeks": "Looking for", "origin": "From", "email": "E-mail"}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def host_card(row: HostCard) -> wire.HostCard:
    """How someone likes to be approached."""
    return wire.HostCard(
        opens=row.opens_with,
        languages=tuple(row.languages),
        hours=tuple((span[0], span[1]) for span in row.hours if len(span) == 2),
        days=tuple(row.days),
        time_zone=row.time_zone,
        ask_me_about=tuple(row.ask_me_about),
        please_dont=tuple(row.please_dont),
        channels=tuple(row.channels),
        pace=row.pace or None,
    )


def lines(
    fields: Sequence[ProfileField], companies: Sequence[Actor], associations: Sequence[Actor], card: HostCard | None
) -> list[wire.Field]:
    """Profile lines, the most telling first: Mastodon shows four. Only ``public`` fields may be given."""
    found = [wire.Field("Company", link(company.url, company.name)) for company in companies]
    found += [wire.Field("Member of", link(actor.url, actor.name)) for actor in associations]
    found += [wire.Field(_LABELS.get(row.name, row.name.capitalize()), text(_said(row))) for row in fields if row.value]
    if card is not None and card.ask_me_about:
        found.append(wire.Field("Ask me about", text(", ".join(card.ask_me_about))))
    return found[:20]


def _said(row: ProfileField) -> str:
    return industries.label(row.value, "en") if row.name == "industry" else row.value


def link(url: str, words: str) -> str:
    """A link as HTML."""
    return f'<a href="{markup.escape(url)}" rel="me nofollow noopener noreferrer">{markup.escape(words)}</a>'


def text(value: str) -> str:
    """Plain text as HTML, an address alone as a link."""
    value = value.strip()
    if _ADDRESS.fullmatch(value):
        return link(value, value.partition("://")[2].rstrip("/"))
    return markup.escape(value, quote=False).replace("\n", "<br>")[:2_000]
