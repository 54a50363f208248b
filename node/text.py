"""Folding: the one form in which words are compared, the same on both databases."""

import re
import unicodedata

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})
_WORD = re.compile(r"\w+", re.UNICODE)


def fold(text: str) -> str:
    """Lower case without accents: ``fold("Bäckerei Groß") == "backerei gross"``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str, limit: int = 2000) -> list[str]:
    """The folded words of a text, at most ``limit`` of them; "ae", "oe", "ue" are left as typed."""
    return _WORD.findall(fold(text))[:limit]
