"""Why something fits, in a sentence of the reader's language, made from the parts that were kept."""

from collections.abc import Callable, Sequence
from typing import Any

from node.industries.catalogue import industry
from node.translations import catalogue, locale_of
from node.words import N_

_OFFERS, _SEEKS = N_("offers “%(words)s”"), N_("looks for “%(words)s”")
_SIMPLE = {
    "budget": (N_("within your budget"), N_("you are within the budget")),
    "gift": (N_("a gift"), N_("your gift")),
    "exchange": (N_("you could exchange"), N_("you could exchange")),
    "two_way": (N_("looks for what you offer, too"), N_("has what you look for, too")),
}
"""By what it is about an offer of theirs, and about an ask of theirs."""


def sentence(purpose: str, reasons: Sequence[dict[str, Any]], language: str) -> str:
    """``offers “baskets”, 14 km, speaks French``. ``purpose`` is that of the listing found."""
    say = catalogue(language).gettext
    found = [phrase for part in reasons if (phrase := _phrase(purpose, part, language, say))]
    return ", ".join(found)


def _phrase(purpose: str, part: dict[str, Any], language: str, say: Callable[[str], str]) -> str:
    why = part.get("why", "")
    is_offer = purpose == "offer"
    if why == "words":
        return say(_OFFERS if is_offer else _SEEKS) % {"words": ", ".join(part["words"])}
    if why == "industry":
        trade = industry(part["code"])
        return say(N_("trade: %(trade)s")) % {"trade": trade.name(language)} if trade is not None else ""
    if why == "km":
        return say(N_("%(km)s km")) % {"km": part["km"]} if part["km"] >= 1 else say(N_("just around the corner"))
    if why == "place":
        return say(N_("in %(place)s")) % {"place": part["place"]}
    if why == "languages":
        names = [_language(code, language) for code in part["languages"]]
        return say(N_("speaks %(languages)s")) % {"languages": ", ".join(names)}
    if why in _SIMPLE:
        return say(_SIMPLE[why][0 if is_offer else 1])
    return ""  # written by a newer program


def _language(code: str, language: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code, sep="-").get_display_name(locale_of(language)) or code
    except (UnknownLocaleError, ValueError):
        return code
