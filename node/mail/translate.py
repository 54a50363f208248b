"""Letters in the recipient's language. The catalogues are those of the pages: one tool extracts all texts."""

from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from node.words import Message

_SOURCE = "en"


@lru_cache(maxsize=20)
def _texts(language: str) -> dict[str, str]:
    """Single texts of a language; empty for English and for a language without a catalogue."""
    # Read as a file by its place; the package web itself is above this one and is not imported.
    found = files("web") / "locale" / language / "commensal.po"
    if language == _SOURCE or not language.replace("-", "").replace("_", "").isalnum() or not found.is_file():
        return {}
    from babel.messages.pofile import read_po

    with found.open("rb") as file:
        return {
            entry.id: str(entry.string)
            for entry in read_po(file, locale=language)
            if isinstance(entry.id, str) and entry.id and entry.string and not entry.fuzzy
        }


def say(message: Message | str, language: str, time_zone: str = "UTC") -> str:
    """The message in a language; times in it are told in the given zone."""
    if isinstance(message, str):
        return _texts(language).get(message, message)
    text = _texts(language).get(message.text, message.text)
    if not message.values:
        return text
    return text % {name: _spoken(value, language, time_zone) for name, value in message.values.items()}


def _spoken(value: object, language: str, time_zone: str) -> object:
    if isinstance(value, Message):
        return say(value, language, time_zone)
    if isinstance(value, datetime):
        from babel.dates import format_datetime

        return format_datetime(value, "medium", tzinfo=ZoneInfo(time_zone), locale=language.replace("-", "_"))
    if isinstance(value, date):
        from babel.dates import format_date

        return format_date(value, "long", locale=language.replace("-", "_"))
    return value
