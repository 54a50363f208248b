"""What firms do: the industries of NACE Rev. 2 by code, found by their names and by the words of everyday.

NACE Rev. 2 is the European form of ISIC Rev. 4: sections and divisions are the same. Codes and titles in ``nace.csv``
are those of Regulation (EC) No 1893/2006 as Eurostat publishes them (© European Union, reuse allowed with this
acknowledgement); the words of everyday beside them are ours, and the first of them is the name that people see.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from node.text import words
from node.words import N_, Message

LANGUAGES = ("en", "fr", "de")
REFERENCE = "http://data.europa.eu/ux2/nace2/"
"""Where the Publications Office of the European Union names each code; the code follows without its dot."""
LENGTH = 5
"""Of the longest code."""

_CODE = re.compile(
    r"(?:nace|isic|naf|ape|wz)?[\s:-]*(\d\d)(?:\.?(\d)(\d)?)?(?:\.?\d{0,2}[a-z]?)?(?![\d\w])", re.IGNORECASE
)
_ALONE = re.compile(r"(nace|isic|naf|ape|wz)?[\s:-]*\d\d\.\d{1,2}", re.IGNORECASE)
_SHORTEST = 4
"""A word of fewer letters says too little to guess from."""
_ENDING = 6
"""German puts words together: a Dorfbäckerei is a Bäckerei. Endings shorter than this say nothing."""


@dataclass(frozen=True, slots=True)
class Industry:
    """One code with its titles and everyday words, in the order of LANGUAGES."""

    code: str
    titles: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    def name(self, language: str) -> str:
        """What people call it, in their language where we have it, else in English."""
        place = _place(language)
        return self.words[place][0] if self.words[place] else self.titles[place]

    def title(self, language: str) -> str:
        """What NACE calls it."""
        return self.titles[_place(language)]

    def label(self, language: str) -> str:
        """Code and name: ``10.71 Bakery``."""
        return f"{self.code} {self.name(language)}"

    @property
    def spoken(self) -> tuple[str, ...]:
        """All it is called, in every language: what goes into the search index."""
        everyday = tuple(word for of_language in self.words for word in of_language)
        return (self.code, *(everyday or self.titles))


@cache
def industries() -> dict[str, Industry]:
    """Every section, division, group and class by its code, in their order."""
    text = (files("node") / "industries" / "nace.csv").read_text("utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        everyday = tuple(tuple(filter(None, row[f"words_{language}"].split(", "))) for language in LANGUAGES)
        found[row["code"]] = Industry(row["code"], tuple(row[language] for language in LANGUAGES), everyday)
    return found


def industry(code: str) -> Industry | None:
    """The industry of a code; None for one that there is not."""
    return industries().get(code) if code else None


def label(code: str, language: str) -> str:
    """Code and name for people; empty for one that there is not."""
    found = industry(code)
    return found.label(language) if found is not None else ""


def read(text: str) -> str:
    """The code in what somebody wrote (``10.71``, ``1071``, ``NACE 10.71.1``, ``10.71 Bakery``); empty for none.

    National codes are longer; what they add is left out.
    """
    if len(text) == 1 and text.upper() in industries():
        return text.upper()
    match = _CODE.match(text.strip())
    if match is None:
        return ""
    division, group, class_ = match.groups()
    code = f"{division}.{group}{class_ or ''}" if group else str(division)
    return code if code in industries() else ""


def alone(text: str) -> str:
    """The code when a text is nothing else; empty for any other text."""
    return read(text) if _ALONE.fullmatch(text.strip()) else ""


def find(text: str, limit: int = 6) -> list[str]:
    """The codes somebody may mean, the likeliest first: one when it is a code or a word that names just one."""
    code = read(text)
    if code:
        return [code]
    wanted = words(text, limit=12)
    if not wanted:
        return []
    phrase = " ".join(wanted)
    named = _named().get(phrase)
    if named:
        return list(named[:limit])
    parts = [part for part in wanted if len(part) > 1]
    found: dict[str, int] = {}
    for name, codes in _named().items():
        said = name.split()
        if parts and all(any(word.startswith(part) for word in said) for part in parts):
            found |= {code: min(len(said), found.get(code, len(said))) for code in codes}
    # Classes before groups, short names before long ones.
    return sorted(found, key=lambda code: (len(code) < LENGTH, found[code], code))[:limit]


def guess(text: str) -> str:
    """The industry of a trade in somebody's own words, such as ``Dorfbäckerei Groß``; empty when nothing names one."""
    said = words(text, limit=20)
    for length in (4, 3, 2, 1):
        for start in range(len(said) - length + 1):
            phrase = " ".join(said[start : start + length])
            if (found := _named().get(phrase)) and len(phrase) >= _SHORTEST:
                return found[0]
    for word in said:
        for start in range(1, len(word) - _ENDING + 1):
            if found := _named().get(word[start:]):
                return found[0]
    return ""


def spoken(code: str, *texts: str) -> tuple[str, ...]:
    """What to put into the search index for an industry, or for what these texts say of one."""
    found = industry(code) or industry(guess(" ".join(texts)))
    return found.spoken if found is not None else ()


def unclear(found: list[str]) -> Message | str:
    """What to say to somebody whose word is none of ours, or may mean several."""
    if not found:
        return N_("We do not know this industry. Choose one from the list, or give its NACE code, such as 10.71.")
    names = ", ".join(industries()[code].label("en") for code in found)
    return Message(N_("Which of these: %(names)s? Give the number."), {"names": names})


def beginnings(code: str) -> tuple[str, ...]:
    """What the codes within a section, division, group or class begin with; nothing for one that there is not."""
    if code not in industries():
        return ()
    if not code.isalpha():
        return (code,)
    divisions: list[str] = []
    section = ""
    for other in industries():
        section = other if other.isalpha() else section
        if section == code and len(other) == 2:
            divisions.append(other)
    return tuple(divisions)


def everyday() -> list[Industry]:
    """Those that have everyday words: what small firms do, and what forms suggest."""
    return [found for found in industries().values() if any(found.words)]


def reference(code: str) -> str | None:
    """The address that names this code for everybody."""
    return REFERENCE + code.replace(".", "") if code in industries() else None


def read_reference(address: str | None) -> str:
    """The code behind such an address; empty for any other."""
    if not address:
        return ""
    rest = address.replace("https://", "http://", 1)
    return read(rest.removeprefix(REFERENCE)) if rest.startswith(REFERENCE) else ""


@cache
def _named() -> dict[str, tuple[str, ...]]:
    """Codes by everything that names them, folded."""
    found: dict[str, list[str]] = {}
    for code, entry in industries().items():
        for name in (*entry.titles, *(word for of_language in entry.words for word in of_language)):
            known = found.setdefault(" ".join(words(name)), [])
            # A class is more exact than the group of the same title.
            if len(code) == LENGTH:
                known[:] = [other for other in known if len(other) == LENGTH]
            if code not in known and (len(code) == LENGTH or not any(len(other) == LENGTH for other in known)):
                known.append(code)
    return {name: tuple(codes) for name, codes in found.items()}


def _place(language: str) -> int:
    short = language.partition("-")[0]
    return LANGUAGES.index(short) if short in LANGUAGES else 0
