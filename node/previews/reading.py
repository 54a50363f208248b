"""What a page says about itself in its head, and which page a post is about. Pure."""

import re
from dataclasses import dataclass
from html import unescape
from itertools import islice
from urllib.parse import urljoin

from node import markup
from schemas.values import web_url

_LINK = re.compile(r'<a\b([^>]*)href="([^"]{1,2048})"([^>]*)>(.{0,400}?)</a>', re.DOTALL)
_CHARSET = re.compile(rb"""charset=["']?([A-Za-z0-9_-]{1,40})""")
_NAMES = ("mention", "hashtag")
_TITLE, _WORDS, _SITE, _ALT = 300, 500, 100, 500
_MOST_TAGS = 5_000


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown of a page. Without a title nothing is."""

    title: str = ""
    description: str = ""
    site: str = ""
    picture_url: str | None = None
    picture_alt: str = ""


def link_in(html: str) -> str | None:
    """The first link in clean HTML that leads to a page: no mention, no hashtag. None where there is none."""
    for before, address, after, words in _LINK.findall(html):
        is_name = any(name in before + after for name in _NAMES)
        if not is_name and re.sub(r"<[^>]*>", "", words).strip()[:1] not in ("@", "#"):
            found = web_url(unescape(address).partition("#")[0])
            if found is not None:
                return found
    return None


def read(url: str, body: bytes) -> Page:
    """The page at ``url`` as its head describes it: OpenGraph first, then what every page has. Never raises.

    A page that asks for no snippets (robots) is shown by its title alone.
    """
    named = _CHARSET.search(body[:2048])
    try:
        html = body.decode(named[1].decode() if named else "utf-8", "replace")
    except (LookupError, ValueError):  # a charset nobody knows
        html = body.decode("utf-8", "replace")
    name, said = _head(html)
    title = said.get("og:title") or said.get("twitter:title") or name
    if "nosnippet" in said.get("robots", "") or "none" in said.get("robots", "").split(","):
        return Page(_line(title, _TITLE))
    picture = said.get("og:image:secure_url") or said.get("og:image") or said.get("twitter:image") or ""
    try:
        picture_url = web_url(urljoin(url, picture)[:2048]) if picture else None
    except ValueError:
        picture_url = None
    return Page(
        _line(title, _TITLE),
        _line(said.get("og:description") or said.get("description") or "", _WORDS),
        _line(said.get("og:site_name") or "", _SITE),
        picture_url,
        _line(said.get("og:image:alt") or "", _ALT),
    )


def _line(text: str, most: int) -> str:
    words = " ".join(text.replace("\0", "").split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _head(html: str) -> tuple[str, dict[str, str]]:
    """The title of a page, and what else its head says of it."""
    title, said = "", dict[str, str]()
    for tag in islice(markup.tags(html), _MOST_TAGS):
        if tag.name == "body" or (tag.name == "head" and tag.is_end) or len(said) == 200:
            break
        if tag.name == "title" and not title:
            title = unescape(tag.words.partition("<")[0][:2000])
        elif tag.name == "meta":
            given = markup.attributes(tag.inside)
            name = unescape(given.get("property") or given.get("name") or "").strip().lower()
            if name:
                said.setdefault(name, unescape(given.get("content", "")[:4096]))
    return title, said
