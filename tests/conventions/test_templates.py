"""What templates and their Python side may not do, so that no text of a stranger is ever taken for markup."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.*"))
SOURCES = sorted(path for root in ("schemas", "node", "federation", "web") for path in (ROOT / root).rglob("*.py"))

MARKUP_ALLOWED = {"web/rendering.py": "declares HTML safe that it has just cleaned by an allow-list"}
"""File → why this one may say that a text is markup already."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def matches(pattern: str, flags: int = 0) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line, flags)
    ]


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 10


def test_markup_is_declared_safe_only_where_it_is_said_why() -> None:
    found = []
    for path in [
        *TEMPLATES,
        *(path for root in ("schemas", "node", "federation", "web") for path in (ROOT / root).rglob("*.py")),
    ]:
        text = path.read_text("utf-8")
        if re.search(r"\|\s*safe\b|\bMarkup\(|autoescape\s*(=\s*False|false)|\|\s*xmlattr", text):
            found.append(name(path))
    assert sorted(set(found)) == sorted(MARKUP_ALLOWED)


def test_templates_have_no_script_or_style_of_their_own() -> None:
    """The content security policy forbids both; what it forbids would silently not work."""
    assert matches(r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)[^>]*>", re.IGNORECASE) == []
    assert matches(r"<style\b|\sstyle=|\son[a-z]+=\"", re.IGNORECASE) == []


def test_pages_need_no_third_party() -> None:
    assert matches(r"(src|srcset|action|<link[^>]*href)=\"(https?:)?//", re.IGNORECASE) == []


def test_links_that_open_elsewhere_give_nothing_away() -> None:
    assert [line for line in matches(r"target=\"_blank\"") if "noopener" not in line] == []


def test_only_our_own_words_are_translated() -> None:
    """``_()`` gives out what it gets as finished markup: a variable, which may hold a stranger's text, goes by |say."""
    assert matches(r"(?<![\w.])(_|gettext|ngettext|pgettext)\(\s*[^\"'\s]") == []
