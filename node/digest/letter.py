"""The weekly letter as text and as HTML, in the reader's language. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from node.translations import catalogue
from node.words import N_

_STOP, _CHANGE = N_("Stop this letter"), N_("Change what reaches you")
_WEEKLY = N_("You get this letter at most once a week, and only when there is something in it.")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, its page, and a sentence about it."""

    title: str
    url: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind under a heading."""

    heading: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Digest:
    """What one member gets."""

    subject: str
    greeting: str
    sections: Sequence[Section]
    all_words: str
    all_url: str
    stop_url: str
    settings_url: str
    language: str

    def paragraphs(self) -> list[str]:
        """The plain text, a paragraph each."""
        say = catalogue(self.language).gettext
        found = [self.greeting]
        for section in self.sections:
            found.append(f"{section.heading}\n{'-' * len(section.heading)}")
            for item in section.items:
                found.append("\n".join(part for part in (item.title, item.about, item.url) if part))
        found.append(f"{self.all_words}\n{self.all_url}")
        found.append(f"{say(_WEEKLY)}\n{say(_STOP)}: {self.stop_url}\n{say(_CHANGE)}: {self.settings_url}")
        return found

    def html(self) -> str:
        """The same with links; no picture, no script, nothing that tells us who opened it."""
        say = catalogue(self.language).gettext
        parts = [f"<p>{escape(self.greeting)}</p>"]
        for section in self.sections:
            parts.append(f"<h2>{escape(section.heading)}</h2><ul>")
            for item in section.items:
                about = f"<br>{escape(item.about)}" if item.about else ""
                parts.append(f'<li><a href="{escape(item.url)}">{escape(item.title)}</a>{about}</li>')
            parts.append("</ul>")
        parts.append(f'<p><a href="{escape(self.all_url)}">{escape(self.all_words)}</a></p>')
        parts.append(
            f'<hr><p><small>{escape(say(_WEEKLY))} <a href="{escape(self.stop_url)}">{escape(say(_STOP))}</a> · '
            f'<a href="{escape(self.settings_url)}">{escape(say(_CHANGE))}</a></small></p>'
        )
        return (
            f'<!doctype html>\n<html lang="{escape(self.language)}"><head><meta charset="utf-8">'
            f"<title>{escape(self.subject)}</title></head><body>{''.join(parts)}</body></html>\n"
        )
