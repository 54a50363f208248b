"""How the text of somebody elsewhere is to be read here: clean, whole, and without what is shown beside it. Pure."""

import html as markup
from urllib.parse import unquote, urlsplit

from node import markdown
from schemas.note import Note
from schemas.values import Picture, host_of, web_url
from schemas.vocabulary import EVENTS, NOTES, PROPOSAL

_QUOTED = "RE:"
_LONGEST_QUOTE = 4_000
_LINKS = 4


def content(note: Note) -> str:
    """Clean HTML, with links to what is attached and cannot be shown."""
    html = markdown.clean(note.content)
    if note.quote:
        html = _without_quote(html)
    lines = [_enclosure(enclosure) for enclosure in note.enclosures[:_LINKS]]
    if note.type not in NOTES | EVENTS:
        # What a page on Lemmy is about; a gathering shows its own.
        lines += [
            _link(link.href, link.name or "")
            for link in note.links[:_LINKS]
            if PROPOSAL not in link.rel and link.href not in markup.unescape(html)
        ]
    return html + "".join(f"<p>{line}</p>" for line in lines if line)


def _enclosure(enclosure: Picture) -> str:
    return _link(enclosure.url, (enclosure.alt or "")[:200])


def _link(href: str, words: str) -> str:
    """The link, its host always in sight."""
    host = host_of(href)
    if host is None or web_url(href) is None:
        return ""
    if not words:
        words = unquote(urlsplit(href).path).rstrip("/").rpartition("/")[2][:100]
    shown = f"{words} ({host})" if words else host
    return f'<a href="{markup.escape(href)}" rel="nofollow noopener noreferrer">{markup.escape(shown)}</a>'


def _without_quote(html: str) -> str:
    """The text without the line by which the quoted post is named to programs that do not show it."""
    head, _, rest = html.partition("</p>")
    if rest and head.startswith("<p>") and _is_naming(head[3:]):
        html = rest
    at = html.rfind(_QUOTED)
    if at != -1 and _is_naming(html[at:]):
        html = _trimmed(html[:at])
    return html


def _is_naming(html: str) -> bool:
    """True for ``RE:`` with an address, or an address alone after it, and nothing else."""
    if len(html) > _LONGEST_QUOTE:
        return False
    words = markdown.plain(html).split()
    return words[:1] == [_QUOTED] and len(words) <= 2


def _trimmed(html: str) -> str:
    """Without the line breaks and opened elements at its end."""
    before = ""
    while before != html:
        before = html
        html = html.rstrip()
        for end in ("<br>", "<p>", "<span>", '<span class="">'):
            html = html.removesuffix(end)
    return markdown.clean(html)
