"""The text of a status: with its title, and of a gathering when and where, for apps that have no place for these."""

from markupsafe import escape

from node.posts.whole import Whole
from node.words import N_
from schemas.event import Event
from schemas.values import host_of
from web.api.shapes.look import Entity, Look
from web.translations import say

_STATES = {"cancelled": N_("Cancelled"), "postponed": N_("Put off"), "tentative": N_("Not certain yet")}


def titled(title: str, html: str) -> str:
    """The text with its title as the first line."""
    return f"<p><strong>{escape(title)}</strong></p>{html}" if title else html


def content(whole: Whole) -> str:
    """Clean HTML."""
    post = whole.post
    if post.kind == "listing" or not (post.title or whole.extras.event or post.kind == "other"):
        return post.content
    parts = [titled(post.title, "")]
    if whole.extras.event is not None:
        parts.append(_gathering(whole.extras.event))
    parts.append(post.content)
    if post.kind == "other":
        parts.append(f"<p>{_link(post.url)}</p>")
    return "".join(parts)


def emoji_entities(look: Look, pictures: "dict[str, str]") -> list[Entity]:
    """CustomEmoji for each small picture of a text, from our own copy."""
    return [
        {
            "shortcode": word,
            "url": look.absolute(path),
            "static_url": look.absolute(path),
            "visible_in_picker": False,
            "category": None,
        }
        for word, path in pictures.items()
    ]


def _gathering(event: Event) -> str:
    from web.rendering import format_gathering  # with all of the templates' language: few posts are gatherings

    lines = [str(escape(say(_STATES[event.state])))] if event.state in _STATES else []
    if event.starts_at is not None:
        from web.rendering import format_gathering  # brings the templates along

        lines.append(str(escape(format_gathering(event))))
    if event.place:
        lines.append(str(escape(event.place)))
    lines += [_link(address) for address in (event.link, event.join_url) if address]
    return f"<p>{'<br>'.join(lines)}</p>" if lines else ""


def _link(address: str) -> str:
    return f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">{escape(host_of(address) or address)}</a>'
