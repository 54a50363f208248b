"""Texts in the reader's language, read straight from web/locale/<language>/commensal.po when first needed."""

import gettext as stdlib
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from node.words import Message
from web.context import reader

SOURCE = "en"
"""The language the texts are written in."""


class Catalogue:
    """One language's texts. What it lacks comes out in English."""

    def __init__(
        self, singular: dict[str, str], plural: dict[str, tuple[str, ...]], form: Callable[[int], int]
    ) -> None:
        self._singular = singular
        self._plural = plural
        self._form = form

    def gettext(self, text: str) -> str:
        return self._singular.get(text, text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        forms = self._plural.get(one)
        if forms is None:
            return one if number == 1 else many
        return forms[self._form(number)]


def languages() -> tuple[str, ...]:
    """What pages can be read in: English, and every language that has a catalogue."""
    found = {entry.name for entry in (files("web") / "locale").iterdir() if (entry / "commensal.po").is_file()}
    return (SOURCE, *sorted(found - {SOURCE}))


@lru_cache(maxsize=20)
def catalogue(language: str) -> Catalogue:
    if language == SOURCE or language not in languages():
        return Catalogue({}, {}, lambda number: int(number != 1))
    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    with (files("web") / "locale" / language / "commensal.po").open("rb") as file:
        texts = read_po(file, locale=language)
    for entry in texts:
        if not entry.id or entry.fuzzy:
            continue
        if isinstance(entry.id, str):
            if entry.string:
                singular[entry.id] = str(entry.string)
        elif entry.string and all(entry.string):
            plural[entry.id[0]] = tuple(entry.string)
    return Catalogue(singular, plural, stdlib.c2py(texts.plural_expr))


def gettext(text: str) -> str:
    """``text`` in the reader's language."""
    return catalogue(reader().language).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    return catalogue(reader().language).ngettext(one, many, number)


def say(message: Message | str) -> str:
    """A message from below, in the reader's language; times in it are told in the reader's time."""
    if isinstance(message, str):
        return gettext(message)
    text = gettext(message.text)
    return text % {name: _spoken(value) for name, value in message.values.items()} if message.values else text


def _spoken(value: object) -> object:
    who = reader()
    if isinstance(value, Message):
        return say(value)
    if isinstance(value, datetime):
        return format_datetime(value, "medium", tzinfo=who.zone, locale=who.locale)
    if isinstance(value, date):
        return format_date(value, "long", locale=who.locale)
    return value


def choose_language(accepted: str, offered: tuple[str, ...], otherwise: str) -> str:
    """The best of ``offered`` for an Accept-Language header, e.g. ``fr-CH, fr;q=0.9, en;q=0.8``."""
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted[:500].split(",")[:20]):
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
