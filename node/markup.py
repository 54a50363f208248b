"""HTML of strangers taken apart in time that grows with its length and nothing else, whatever is in it.

The parser of the standard library takes minutes for a few thousand brackets that nobody closes, and a proper one time
with the square of the depth. Every pattern here stops at the next bracket and never goes back.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

_INSIDE = r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+"""
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?P<inside>{_INSIDE})>|<[!?/]?[a-zA-Z][^<>]*+>")
_ATTRIBUTE = re.compile(r"""([^\s"'<>=/]{1,60}+)\s{0,20}=\s{0,20}(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++))""")
_LONGEST = 8192  # characters in which attributes are looked for
_CLOSED = ("script", "style", "title", "template", "textarea", "noscript")
"""What is in these is no markup."""


class Tag(NamedTuple):
    """A tag, and the text before it."""

    before: str
    name: str
    """In lower case; empty for what is no tag of an element."""
    is_end: bool
    whole: str
    inside: str
    words: str = ""
    """What an element holds that holds no markup."""


def tags(html: str) -> Iterator[Tag]:
    """What is plainly a tag, in order, without comments; the last one has no name and the text that is left."""
    html = _without_comments(html)
    at = 0
    while (found := _TAG.search(html, at)) is not None:
        before, at = html[at : found.start()], found.end()
        name, is_end, words = (found["name"] or "").lower(), bool(found["end"]), ""
        if name in _CLOSED and not is_end:
            end = re.compile(f"</{name}", re.IGNORECASE).search(html, at)
            words, at = (html[at : end.start()], end.start()) if end is not None else (html[at:], len(html))
        yield Tag(before, name, is_end, found[0], found["inside"] or "", words)
    yield Tag(html[at:], "", False, "", "")


def attributes(inside: str) -> dict[str, str]:
    """The attributes of a tag, by name in lower case, as they are written."""
    found = _ATTRIBUTE.findall(inside[:_LONGEST])
    return {name.lower(): double or single or bare for name, double, single, bare in reversed(found)}


def thinned(html: str, shown: Collection[str], deepest: int) -> str:
    """The same with no tags but those that are shown, and these no deeper than so many."""
    kept: list[str] = []
    opened: list[str] = []
    for tag in tags(html):
        kept.append(tag.before.replace("<", "&lt;"))
        if tag.name not in shown:
            continue
        if tag.name == "br":
            kept.append("<br>")
        elif not tag.is_end and len(opened) < deepest:
            opened.append(tag.name)
            kept.append(tag.whole)
        elif tag.is_end and tag.name in opened:
            while opened.pop() != tag.name:
                pass
            kept.append(tag.whole)
    return "".join(kept)


def _without_comments(html: str) -> str:
    kept, at = [], 0
    while (begin := html.find("<!--", at)) >= 0 and (end := html.find("-->", begin + 4)) >= 0:
        kept.append(html[at:begin])
        at = end + 3
    return "".join(kept) + html[at:]
