"""Texts in the reader's language, and which language that is."""

from node import translations
from node.translations import catalogue, languages
from node.words import Message
from web.context import reader

__all__ = ["choose_language", "gettext", "languages", "ngettext", "say"]


def gettext(text: str) -> str:
    """``text`` in the reader's language."""
    return catalogue(reader().language).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    return catalogue(reader().language).ngettext(one, many, number)


def say(message: Message | str) -> str:
    """A message from below, in the reader's language; times in it are told in the reader's time."""
    return translations.say(message, reader().language, reader().zone)


def choose_language(accepted: str, offered: tuple[str, ...], otherwise: str) -> str:
    """The best of ``offered`` for an Accept-Language header, e.g. ``fr-CH, fr;q=0.9, en;q=0.8``."""
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted[:500].split(",")[:20] if accepted else ()):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), position, tag.strip().lower()))
        except ValueError:
            continue
    for weight_, _, tag in sorted(wishes):
        if weight_ == 0:
            continue
        for language in offered:
            if tag == language.lower() or tag.partition("-")[0] == language.lower():
                return language
    return otherwise if otherwise in offered else offered[0]
