"""Texts in every language, read straight from web/locale/<language>/commensal.po when first needed.

Pages and letters share it. Babel is loaded with the first language that is not English, or the first date.
"""

import gettext as stdlib
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from node.words import Message

if TYPE_CHECKING:
    from babel import Locale

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


@cache
def languages() -> tuple[str, ...]:
    """What people can read here: English, and every language that has a catalogue."""
    # Found as files by their place; the package web itself is above this one and is not imported.
    places = files("web") / "locale"
    folders = list(places.iterdir()) if places.is_dir() else []
    found = {entry.name for entry in folders if (entry / "commensal.po").is_file()}
    return (SOURCE, *sorted(found - {SOURCE}))


@lru_cache(maxsize=20)
def catalogue(language: str) -> Catalogue:
    """The texts of a language; English for one that we do not have."""
    if language == SOURCE or language not in languages():
        return Catalogue({}, {}, lambda number: int(number != 1))
    return read((files("web") / "locale" / language / "commensal.po").read_bytes(), language)


def read(file: bytes, language: str) -> Catalogue:
    """A catalogue from the content of a .po file. Texts that are fuzzy or half translated stay English."""
    from io import BytesIO

    from babel.messages.pofile import read_po

    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    texts = read_po(BytesIO(file), locale=language)
    for entry in texts:
        if not entry.id or entry.fuzzy or not entry.string:
            continue
        if isinstance(entry.id, str):
            singular[entry.id] = str(entry.string)
        elif all(entry.string):
            plural[entry.id[0]] = tuple(entry.string)
    return Catalogue(singular, plural, stdlib.c2py(texts.plural_expr))


def say(message: Message | str, language: str, zone: tzinfo) -> str:
    """A message in a language; times in it are told in a zone."""
    if isinstance(message, str):
        return catalogue(language).gettext(message)
    text = catalogue(language).gettext(message.text)
    if not message.values:
        return text
    return text % {name: _spoken(value, language, zone) for name, value in message.values.items()}


def _spoken(value: object, language: str, zone: tzinfo) -> object:
    if isinstance(value, Message):
        return say(value, language, zone)
    if isinstance(value, datetime):
        return moment(value, language, zone)
    if isinstance(value, date):
        from babel.dates import format_date

        return format_date(value, "long", locale=locale_of(language))
    return value


@lru_cache(maxsize=2000)
def moment(when: datetime, language: str, zone: tzinfo) -> str:
    """21 Nov 2026, 08:00: date and time without seconds, which no ready-made pattern of Babel has."""
    from babel.dates import format_date, format_time, get_datetime_format

    locale = locale_of(language)
    day = format_date(when.astimezone(zone), "medium", locale=locale)
    clock = format_time(when, "short", tzinfo=zone, locale=locale)
    return str(get_datetime_format("medium", locale=locale)).replace("'", "").format(clock, day)


@lru_cache(maxsize=50)
def locale_of(language: str) -> "Locale":
    """How dates and money are written; English without a country is the one with 21 November and 08:00."""
    from babel import Locale

    return Locale.parse("en-GB" if language == SOURCE else language, sep="-")
