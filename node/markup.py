"""HTML from people and from strangers: one allow-list, and plain text made into paragraphs."""

import html
import re
from functools import lru_cache

import nh3
from linkify_it import LinkIt

_TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "i", "li", "ol", "p", "pre", "s", "span",
    "strong", "sub", "sup", "u", "ul",
}  # fmt: skip
_CLASSES = {
    "a": {"mention", "hashtag", "u-url", "ellipsis"},
    "span": {"mention", "hashtag", "h-card", "invisible", "ellipsis"},
}


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    # "class" must not be among the attributes when allowed_classes is given: the library panics.
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href", "rel", "translate"}, "ol": {"start", "reversed"}, "span": {"translate"}, "p": set()},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        set_tag_attribute_values={"a": {"rel": "nofollow noopener noreferrer"}},
    )


def clean(text: str) -> str:
    """HTML that can be shown anywhere: no scripts, styles, pictures or frames; links that lend no trust."""
    return _cleaner().clean(text)


def from_plain(text: str) -> str:
    """What somebody typed, as HTML: blank lines part paragraphs, web addresses become links."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "".join(f"<p>{_line(part)}</p>" for part in paragraphs if part.strip())


def plain(markup: str) -> str:
    """The words of HTML, for search and mail."""
    spaced = re.sub(r"<(?:br|/p|/li|/h\d)\b[^>]*>", "\n", markup)
    return html.unescape(nh3.clean(spaced, tags=set())).strip()


def link(address: str, *, rel: str = "nofollow noopener noreferrer") -> str:
    """A link that shows its whole host, so that nobody is led astray."""
    shown = re.sub(r"^https?://(www\.)?", "", address).rstrip("/")
    return f'<a href="{html.escape(address)}" rel="{rel}" target="_blank">{html.escape(shown)}</a>'


@lru_cache(maxsize=1)
def _finder() -> LinkIt:
    return LinkIt()


def _line(text: str) -> str:
    done, at = [], 0
    for found in _finder().match(text) or ():
        if found.schema in ("http:", "https:", ""):
            address = found.url if found.schema else found.url.replace("http://", "https://", 1)
            done += [html.escape(text[at : found.index], quote=False), link(address)]
            at = found.last_index
    done.append(html.escape(text[at:], quote=False))
    return "".join(done).strip().replace("\n", "<br>")
