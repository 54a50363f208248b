"""Collects every text that people can see, and brings the catalogues of web/locale up to it: what ``make texts`` does.

A catalogue keeps its translations; new texts come in empty, texts that are gone go out.
"""

import os
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "web" / "locale"
METHODS = [("**.py", "python"), ("web/templates/**", "jinja2.ext:babel_extract")]
OPTIONS = {
    "web/templates/**": {
        "trimmed": "true",
        "silent": "false",
        "newstyle_gettext": "true",
        "extensions": "jinja2.ext.do",
    }
}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def extract() -> Catalog:
    """All texts of the four packages, in English."""
    found = Catalog(project="Commensal", charset="utf-8")
    for package in ("schemas", "node", "federation", "web"):
        for place, line, text, comments, context in extract_from_dir(
            ROOT / package,
            method_map=[(pattern.removeprefix(f"{package}/"), method) for pattern, method in METHODS],
            options_map={pattern.removeprefix(f"{package}/"): values for pattern, values in OPTIONS.items()},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            found.add(text, None, [(f"{package}/{place}", line)], auto_comments=comments, context=context)
    return found


def read(language: str) -> Catalog:
    with (LOCALES / language / "commensal.po").open("rb") as file:
        return read_po(file, locale=language)


def languages() -> list[str]:
    return sorted(path.parent.name for path in LOCALES.glob("*/commensal.po"))


def update(language: str) -> int:
    """Bring one catalogue up to the source; returns how many texts wait for a translation."""
    file = LOCALES / language / "commensal.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read(language) if file.exists() else Catalog(locale=language, project="Commensal", charset="utf-8")
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    # Put in its place whole: whoever reads it meanwhile must not take half of it for all.
    written = file.with_suffix(f".{os.getpid()}")
    with written.open("wb") as out:
        write_po(out, catalogue, width=120, sort_output=True, omit_header=False, no_location=True)
    written.replace(file)
    return sum(1 for entry in catalogue if entry.id and not is_complete(entry.string))


def is_complete(text: object) -> bool:
    return bool(text) and (isinstance(text, str) or (isinstance(text, tuple | list) and all(text)))


if __name__ == "__main__":
    for language in sys.argv[1:] or languages():
        sys.stdout.write(f"{language}: {update(language)} texts wait for a translation\n")
