"""Catalogues, plurals, messages with values, and the choice of a language."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from node import translations
from node.words import Message
from web.translations import choose_language

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "Saved."
msgstr "Zapisano."

#, fuzzy
msgid "Maybe"
msgstr "Moze"

msgid "Half done"
msgstr ""

msgid "%(num)d offer"
msgid_plural "%(num)d offers"
msgstr[0] "%(num)d oferta"
msgstr[1] "%(num)d oferty"
msgstr[2] "%(num)d ofert"
"""


def test_a_catalogue_and_its_plurals() -> None:
    polish = translations.read(PO.encode(), "pl")
    assert polish.gettext("Saved.") == "Zapisano."
    assert [polish.ngettext("%(num)d offer", "%(num)d offers", n).split()[1] for n in (1, 3, 5, 22)] == [
        "oferta", "oferty", "ofert", "oferty",
    ]  # fmt: skip


def test_what_is_not_translated_stays_english() -> None:
    polish = translations.read(PO.encode(), "pl")
    for text in ("Maybe", "Half done", "Unknown"):
        assert polish.gettext(text) == text
    assert polish.ngettext("one", "many", 1) == "one"
    assert translations.catalogue("xx").ngettext("one", "many", 2) == "many"


def test_messages_tell_times_where_the_reader_is() -> None:
    at = datetime(2026, 11, 21, 20, 40, tzinfo=UTC)
    message = Message(
        "%(who)s, %(at)s, %(on)s", {"who": Message("Hello %(n)s", {"n": "Al"}), "at": at, "on": date(2026, 3, 1)}
    )
    assert translations.say(message, "en", ZoneInfo("Europe/Paris")) == "Hello Al, 21 Nov 2026, 21:40, 1 March 2026"
    assert "21 nov. 2026" in translations.say(message, "fr", UTC)
    assert translations.say("100 %", "en", UTC) == "100 %"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.1, fr;q=0.2", "fr"),
        ("fr;q=0, en", "en"),
        ("", "en"),
        ("*;q=nonsense, ;;;,,q=1", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_choice_of_language(accepted: str, chosen: str) -> None:
    assert choose_language(accepted, ("en", "fr"), "en") == chosen
