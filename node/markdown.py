"""Members write Markdown, others send HTML; both become the few tags that every microblog shows."""

import html as markup
import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from node import markup as apart
from node.text import fold

if TYPE_CHECKING:
    import nh3
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

# The libraries are loaded once somebody writes: 4 MiB that a worker which only delivers need not have.

TAGS = frozenset({"p", "br", "a", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre"})
"""What leaves this node and what stays of what comes in; ``span`` serves mentions and hashtags alone."""

MAX_HASHTAGS = 64

# A name begins neither inside a word nor inside an address such as https://masto.test/@bob.
_MENTION = r"(?<![\w/@.])@(?P<handle>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?:@[\w.-]*\w(?::\d{1,5})?)?)"
_HASHTAG = r"(?<![\w/&#])[#＃](?P<tag>\w*[^\W\d_]\w*)"
_NAMED = re.compile(f"{_MENTION}|{_HASHTAG}")

_HEADING = re.compile(r"<(/?)h[1-6](?:\s[^<>]*+)?>", re.IGNORECASE)
_MANY = 2_000
"""Tags, or what could be some: from there on it counts how deep they are in each other."""
_DEEPEST = 100
_LINES = frozenset({"p", "br", "li", "blockquote", "pre", "h1", "h2", "h3", "h4"})
"""Elements that begin a new line."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who can be mentioned: their page, and the name shown after the @."""

    url: str
    username: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML, with the handles it really mentions (as keys of what was known) and its hashtags, unfolded."""

    html: str
    mentions: tuple[str, ...]
    hashtags: tuple[str, ...]


@cache
def _cleaner() -> "nh3.Cleaner":
    import nh3

    return nh3.Cleaner(
        tags=set(TAGS | {"span", "del"}),
        clean_content_tags={"script", "style", "title", "template"},
        attributes={"a": {"href"}, "ol": {"start"}},
        allowed_classes={"a": {"u-url", "mention", "hashtag"}, "span": {"h-card", "invisible", "ellipsis"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


@cache
def _parser(*, has_headings: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    # Headings would be louder than the names of the people who write; pictures are attached, not embedded; an indented
    # line is an accident rather than code; and "#oak" at the start of a line is a hashtag.
    parser.disable(["heading", "lheading", "hr", "image", "code", "reference", "html_block", "html_inline"])
    parser.enable(["linkify", "heading"] if has_headings else "linkify")
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_email": False})
    parser.core.ruler.before("linkify", "named", _name)
    parser.add_render_rule("link_open", _open_link)
    parser.add_render_rule("heading_open", lambda self, tokens, index, options, env: f"<{_level(tokens[index])}>")
    parser.add_render_rule("heading_close", lambda self, tokens, index, options, env: f"</{_level(tokens[index])}>\n")
    return parser


def _level(heading: "Token") -> str:
    """Two levels below the title are enough."""
    return "h2" if heading.tag in ("h1", "h2") else "h3"


def _open_link(self: object, tokens: "Sequence[Token]", index: int, options: object, env: object) -> str:
    href = markup.escape(str(tokens[index].attrGet("href") or ""))
    return f'<a href="{href}" rel="nofollow noopener noreferrer">'


def _name(state: "StateCore") -> None:
    """Turn @names that are known and #tags into links, outside of links and code."""
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        depth = 0
        children: list[Token] = []
        for token in block.children:
            depth += (token.type == "link_open") - (token.type == "link_close")
            if token.type == "text" and depth == 0:
                children += _split(token, state.env)
            else:
                children.append(token)
        block.children = children


def _split(token: "Token", env: MutableMapping[str, Any]) -> "list[Token]":
    from markdown_it.token import Token

    known: Mapping[str, Named] = env["known"]
    tag_url: Callable[[str], str] = env["tag_url"]
    mentions: dict[str, None] = env["mentions"]
    hashtags: dict[str, str] = env["hashtags"]
    pieces: list[Token] = []
    done = 0
    for match in _NAMED.finditer(token.content):
        if match["handle"]:
            handle = match["handle"].lower()
            who = known.get(handle)
            if who is None:
                continue
            mentions[handle] = None
            replacement = mention(who)
        else:
            tag = match["tag"][:100]
            if len(hashtags) >= MAX_HASHTAGS and fold(tag) not in hashtags:
                continue
            hashtags.setdefault(fold(tag), tag)
            replacement = hashtag(tag, tag_url(fold(tag)))
        pieces += _text(token.content[done : match.start()])
        pieces.append(Token("html_inline", "", 0, content=replacement))
        done = match.end()
    return pieces + _text(token.content[done:]) if pieces else [token]


def _text(content: str) -> "list[Token]":
    from markdown_it.token import Token

    return [Token("text", "", 0, content=content)] if content else []


def mention(who: Named) -> str:
    """The link that every microblog recognises as a mention."""
    return (
        f'<span class="h-card"><a href="{markup.escape(who.url)}" class="u-url mention">'
        f"@<span>{markup.escape(who.username)}</span></a></span>"
    )


def hashtag(tag: str, url: str) -> str:
    """The link that every microblog recognises as a hashtag."""
    return f'<a href="{markup.escape(url)}" class="mention hashtag" rel="tag">#<span>{markup.escape(tag)}</span></a>'


def render(
    text: str, known: Mapping[str, Named], tag_url: Callable[[str], str], *, has_headings: bool = False
) -> Rendered:
    """A member's Markdown as HTML. ``known`` maps handles in lower case (``bob@beta.test``, ``alice``) to people."""
    mentions: dict[str, None] = {}
    hashtags: dict[str, str] = {}
    env: dict[str, object] = {"known": known, "tag_url": tag_url, "mentions": mentions, "hashtags": hashtags}
    html = _parser(has_headings=has_headings).render(text.strip(), env)
    return Rendered(html.replace(">\n<", "><").strip(), tuple(mentions), tuple(hashtags.values()))


def handles(text: str) -> tuple[str, ...]:
    """The handles a text may mention, in lower case and without the first @: ``bob@beta.test``, ``alice``."""
    return tuple(dict.fromkeys(match["handle"].lower() for match in _NAMED.finditer(text) if match["handle"]))


def clean(html: str) -> str:
    """HTML from a stranger, reduced to the tags we show; headings become bold paragraphs."""
    html = _HEADING.sub(lambda found: "</strong></p>" if found[1] else "<p><strong>", html)
    if html.count("<") > _MANY:
        html = apart.thinned(html, TAGS | {"span", "del"}, _DEEPEST)
    return _cleaner().clean(html)


def plain(html: str, limit: int = 20_000) -> str:
    """The words of an HTML text on few lines, for searching, mails and previews."""
    found = (
        tag.before + ("\n" if tag.name in _LINES and not tag.is_end else "") + tag.words for tag in apart.tags(html)
    )
    lines = (" ".join(line.split()) for line in markup.unescape("".join(found)).split("\n"))
    return "\n".join(line for line in lines if line)[:limit]
