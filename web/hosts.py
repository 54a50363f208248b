"""A host card in the words of the reader: languages by name, hours by the host's clock, and what it shows now."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import get_day_names

from node.etiquette import contact_hours
from node.members.views import HostCardView
from web.context import reader
from web.rendering import format_clock, language_name


@dataclass(frozen=True, slots=True)
class HostCard:
    """The values ``ui.host_card`` takes."""

    opens_with: str
    languages: tuple[str, ...]
    hours: str
    their_time: str
    ask_me_about: tuple[str, ...]
    please_dont: tuple[str, ...]
    reply_pace: str


def host_card(card: HostCardView, now: datetime | None = None) -> HostCard:
    """``now`` is the reader's moment unless a page says otherwise."""
    here = contact_hours.zone(card.time_zone)
    parts = [", ".join(f"{begin}–{end}" for begin, end in card.hours), _days(card.days)]
    differs = here.utcoffset(reader().now) != reader().zone.utcoffset(reader().now)
    return HostCard(
        opens_with=card.opens_with,
        languages=tuple(language_name(code) for code in card.languages),
        hours=" · ".join(part for part in parts if part),
        their_time=format_clock(now or reader().now, str(here)) if card.hours or differs else "",
        ask_me_about=card.ask_me_about,
        please_dont=card.please_dont,
        reply_pace=card.pace,
    )


def _days(days: tuple[int, ...]) -> str:
    """“Mon–Fri”, “Tue, Thu”; nothing for every day."""
    chosen = sorted(set(days))
    if not chosen or len(chosen) == 7:
        return ""
    names = get_day_names("abbreviated", locale=reader().locale)
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return f"{names[chosen[0] - 1]}–{names[chosen[-1] - 1]}"
    return ", ".join(names[day - 1] for day in chosen)
