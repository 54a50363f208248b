"""Every text that people see can be translated, and the second language is complete."""

import re
import string

import pytest

from support import texts

LANGUAGES = texts.languages()


def test_there_is_a_second_language() -> None:
    assert LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_and_no_other(language: str) -> None:
    wanted = {entry.id for entry in texts.extract() if entry.id}
    found = {entry.id: entry for entry in texts.read(language) if entry.id}
    assert wanted - set(found) == set(), "run: make texts, and translate"
    assert set(found) - wanted == set(), "run: make texts"
    assert [key for key, entry in found.items() if not texts.is_complete(entry.string) or entry.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_what_is_filled_in(language: str) -> None:
    def gaps(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)[sd]", text)) | {
            name for _, name, _, _ in string.Formatter().parse(text.replace("{}", "")) if name
        }

    wrong = []
    for entry in texts.read(language):
        sources = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        translations = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        allowed = set().union(*(gaps(source) for source in sources))
        for translation in translations:
            said = gaps(str(translation))
            if entry.id and translation and (said - allowed or (len(sources) == 1 and said != allowed)):
                wrong.append(entry.id)
    assert not wrong


def test_members_read_no_jargon() -> None:
    jargon = re.compile(
        r"\b(federat\w+|instances?|activitypub|fediverse|servers?|actors?|inbox(es)?|json|http)\b", re.IGNORECASE
    )
    wrong = []
    for entry in texts.extract():
        for text in entry.id if isinstance(entry.id, tuple) else (entry.id,):
            if jargon.search(text) and not all(_is_for_operators(place) for place, _ in entry.locations):
                wrong.append((text, entry.locations[0]))
    assert not wrong


def _is_for_operators(place: str) -> bool:
    return bool(
        re.search(r"node/(__main__|config|work|migrate|secrets|doctor|commands|cli)|pages/health|/oauth/|/api/", place)
    )
