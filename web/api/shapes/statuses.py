"""Status: a post or a listing as apps show it."""

from collections.abc import Sequence

from node.bookmarks import service as bookmarks
from node.errors import NotFound
from node.listings.model import Listing
from node.markdown import plain
from node.posts.model import Post
from node.posts.whole import Whole, wholes
from node.uris import Uris
from node.work import Reading
from web.api.shapes.accounts import accounts, acct
from web.api.shapes.look import Entity, Look, moment
from web.api.shapes.media import attachment

VISIBILITIES = {"public": "public", "quiet": "unlisted", "followers": "private", "direct": "direct"}
"""Our words and Mastodon's."""


async def statuses(work: Reading, look: Look, viewer_id: int | None, ids: Sequence[int]) -> list[Entity]:
    """These posts in this order, without those the viewer may not read."""
    found = await wholes(work, viewer_id, ids)
    people = await accounts(work, look, [whole.author for whole in found])
    kept = await bookmarks.among(work, viewer_id, ids) if viewer_id is not None else set()
    return [_status(look, whole, people[whole.author.id], viewer_id, kept) for whole in found]


async def status(work: Reading, look: Look, viewer_id: int | None, id: int) -> Entity:
    """One post. Raises NotFound where there is nothing for this viewer."""
    found = await statuses(work, look, viewer_id, [id])
    if not found:
        raise NotFound
    return found[0]


async def readable_post(work: Reading, viewer_id: int | None, id: int) -> Post:
    """The row behind a status. Raises NotFound where there is nothing for this viewer."""
    found = await wholes(work, viewer_id, [id])
    if not found:
        raise NotFound
    return found[0].post


def _status(look: Look, whole: Whole, author: Entity, viewer_id: int | None, kept: set[int]) -> Entity:
    post = whole.post
    found: Entity = {
        "id": str(post.id),
        "created_at": moment(post.published_at),
        "in_reply_to_id": str(post.parent_id) if post.parent_id is not None else None,
        "in_reply_to_account_id": str(whole.parent_author_id) if whole.parent_author_id is not None else None,
        "sensitive": post.is_sensitive,
        "spoiler_text": post.warning,
        "visibility": VISIBILITIES[post.visibility],
        "language": post.language,
        "uri": post.uri,
        "url": post.url,
        "replies_count": whole.answers,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": moment(post.updated_at) if post.updated_at is not None else None,
        "content": post.content,
        "reblog": None,
        "account": author,
        "media_attachments": [attachment(look, picture) for picture in whole.pictures],
        "mentions": [
            {"id": str(actor.id), "username": actor.username, "url": actor.url, "acct": acct(actor)}
            for actor in whole.mentions
        ],
        "tags": [{"name": tag, "url": Uris(look.base).tag(tag)} for tag in whole.tags],
        "emojis": [],
        "card": _card(look, whole, whole.listing, author) if whole.listing is not None else None,
        "poll": None,
        "quote": None,
    }
    if viewer_id is not None:
        found |= {"favourited": False, "reblogged": False, "muted": False, "filtered": []}
        found["bookmarked"] = post.id in kept
        if post.author_id == viewer_id and post.visibility != "direct":
            found["pinned"] = False
    return found


def _card(look: Look, whole: Whole, listing: Listing, author: Entity) -> Entity:
    """An offer or ask as a card that leads to its page."""
    picture = attachment(look, whole.pictures[0]) if whole.pictures else None
    return {
        "url": whole.post.url,
        "title": listing.title,
        "description": plain(listing.body, 300),
        "language": whole.post.language,
        "type": "link",
        "author_name": whole.author.name,
        "author_url": whole.author.url,
        "authors": [{"name": whole.author.name, "url": whole.author.url, "account": author}],
        "provider_name": whole.author.handle_host,
        "provider_url": "",
        "html": "",
        "width": (whole.pictures[0].width or 0) if picture else 0,
        "height": (whole.pictures[0].height or 0) if picture else 0,
        "image": picture["url"] if picture else None,
        "image_description": (picture["description"] or "") if picture else "",
        "embed_url": "",
        "blurhash": picture["blurhash"] if picture else None,
        "published_at": None,
    }
