"""Status: a post or a listing as apps show it."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from node.access import can_read
from node.asking import Question, given
from node.errors import NotFound
from node.filters import service as filters
from node.markdown import plain
from node.posts import quoting
from node.posts.model import Post
from node.posts.regards import HUSHED, KEPT, LIKED, PASSED_ON, PINNED
from node.posts.whole import Offered, Whole, wholes
from node.previews.service import Card
from node.uris import Uris
from node.work import Reading
from web.api.shapes.accounts import accounts, acct
from web.api.shapes.filters import result_entity
from web.api.shapes.look import Entity, Look, moment
from web.api.shapes.media import attachment
from web.api.shapes.polls import poll_entity
from web.api.shapes.texts import content, emoji_entities

VISIBILITIES = {
    "public": "public",
    "quiet": "unlisted",
    "followers": "private",
    "direct": "direct",
    "circle": "private",
}
"""Our words and Mastodon's."""


async def statuses(
    work: Reading, look: Look, viewer_id: int | None, ids: Sequence[int], *, have_passed: bool = False
) -> list[Entity]:
    """These posts in this order, without those the viewer may not read. ``have_passed`` as in node.posts.whole."""
    found = await wholes(work, viewer_id, ids, have_passed=have_passed)
    shown = [*found, *(whole.original for whole in found if whole.original is not None)]
    authors = [*shown, *(whole.quoted for whole in shown if whole.quoted is not None)]
    people = await accounts(work, look, [whole.author for whole in authors])
    entities = [
        _boost(look, whole, whole.original, people, viewer_id)
        if whole.original is not None
        else _status(look, whole, people, viewer_id)
        for whole in found
    ]
    if viewer_id is not None:
        await _note_filters(work, viewer_id, shown, entities)
    return entities


async def _note_filters(work: Reading, viewer_id: int, shown: Sequence[Whole], entities: Sequence[Entity]) -> None:
    """Say in each status which of the viewer's filters found something in it; what it means is up to the app."""
    kept = await filters.of_actor(work, viewer_id)
    if not kept:
        return
    texts = {
        whole.post.id: "\n".join(
            [whole.post.title, whole.post.warning, plain(whole.post.content, 20_000)]
            + [picture.alt for picture in whole.pictures]
        )
        for whole in shown
        if whole.author.id != viewer_id
    }
    found = filters.matching(kept, texts)
    for entity in entities:
        for one in (entity, entity["reblog"]):
            if one is not None:
                key = int((one["reblog"] or one)["id"])
                one["filtered"] = [result_entity(match) for match in found.get(key, ())]


async def status(work: Reading, look: Look, viewer_id: int | None, id: int) -> Entity:
    """One post. Raises NotFound where there is nothing for this viewer."""
    found = await statuses(work, look, viewer_id, [id])
    if not found:
        raise NotFound
    return found[0]


class _Ids(NamedTuple):
    id: int
    boost_of_id: int | None


_IDS = Question(_Ids, sa.select(Post.id, Post.boost_of_id).where(Post.id == given("post")))


async def readable_id(work: Reading, viewer_id: int | None, id: int) -> int:
    """The key of a post; of a boost, of what was passed on. Raises NotFound where this viewer finds nothing."""
    found = await _IDS.first(work, post=id)
    if found is None or not await can_read(work, viewer_id, id):
        raise NotFound
    if found.boost_of_id is None:
        return id
    if not await can_read(work, viewer_id, found.boost_of_id):
        raise NotFound
    return found.boost_of_id


async def readable_post(work: Reading, viewer_id: int | None, id: int) -> Post:
    """The row behind it."""
    return await work.session.get_one(Post, await readable_id(work, viewer_id, id))


def each_once(found: Sequence[Entity]) -> list[Entity]:
    """A page of a timeline in which what several passed on stands once, at its newest place."""
    once: dict[str, Entity] = {}
    for entity in found:
        once.setdefault((entity["reblog"] or entity)["id"], entity)
    return list(once.values())


def _boost(look: Look, whole: Whole, original: Whole, people: dict[int, Entity], viewer_id: int | None) -> Entity:
    """What somebody passed on: the status within one of its own key, time and account."""
    inner = _status(look, original, people, viewer_id)
    own: Entity = {
        "id": str(whole.post.id),
        "created_at": moment(whole.post.published_at),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": VISIBILITIES[whole.post.visibility],
        "uri": whole.post.uri,
        "edited_at": None,
        "account": people[whole.author.id],
        "reblog": inner,
    }
    outer = {**inner, **own}
    outer.pop("pinned", None)
    return outer


def _status(look: Look, whole: Whole, people: dict[int, Entity], viewer_id: int | None) -> Entity:
    post, author = whole.post, people[whole.author.id]
    made_from = (post, author, whole.listing, whole.mentions, whole.tags, whole.pictures, whole.answers, whole.quotes,
                 whole.extras.emojis)  # fmt: skip
    found = {
        **look.status(post.id, made_from, lambda: _for_everybody(look, whole, author)),
        "content": content(whole),
        "poll": poll_entity(whole.extras.poll, viewer_id) if whole.extras.poll is not None else None,
        "quote": _quote(look, whole, people, viewer_id),
        "quote_approval": _approval(whole),
    }
    if viewer_id is not None:
        found |= {"favourited": LIKED in whole.marks, "reblogged": PASSED_ON in whole.marks}
        found |= {"bookmarked": KEPT in whole.marks, "muted": HUSHED in whole.marks, "filtered": []}
        if post.author_id == viewer_id and post.visibility != "direct":
            found["pinned"] = PINNED in whole.marks
    return found


def _for_everybody(look: Look, whole: Whole, author: Entity) -> Entity:
    """What of a status is the same for all who may read it."""
    post = whole.post
    return {
        "id": str(post.id),
        "created_at": moment(post.published_at),
        "in_reply_to_id": str(post.parent_id) if post.parent_id is not None else None,
        "in_reply_to_account_id": str(post.parent_author_id) if post.parent_author_id is not None else None,
        "sensitive": post.is_sensitive,
        "spoiler_text": post.warning,
        "visibility": VISIBILITIES[post.visibility],
        "language": post.language,
        "uri": post.uri,
        "url": post.url,
        "replies_count": whole.answers,
        "reblogs_count": post.boosts,
        "favourites_count": post.likes,
        "quotes_count": whole.quotes,
        "edited_at": moment(post.updated_at) if post.updated_at is not None else None,
        "reblog": None,
        "account": author,
        "media_attachments": [attachment(look, picture) for picture in whole.pictures],
        "mentions": [
            {"id": str(actor.id), "username": actor.username, "url": actor.url, "acct": acct(actor)}
            for actor in whole.mentions
        ],
        "tags": [{"name": tag, "url": Uris(look.base).tag(tag)} for tag in whole.tags],
        "emojis": emoji_entities(look, dict(whole.extras.emojis)),
        "card": _card(look, whole, whole.listing, author) if whole.listing is not None else _about_page(look, whole),
    }


_QUOTE_STATES = {"asked": "pending", "accepted": "accepted", "refused": "rejected", "withdrawn": "revoked"}


def _quote(look: Look, whole: Whole, people: dict[int, Entity], viewer_id: int | None) -> Entity | None:
    """What a post quotes, as a status within it, or why that is not shown."""
    if whole.quoted is not None:
        return {"state": "accepted", "quoted_status": _status(look, whole.quoted, people, viewer_id)}
    if whole.quote_state in ("", "accepted"):
        return None
    return {"state": _QUOTE_STATES[whole.quote_state], "quoted_status": None}


def _approval(whole: Whole) -> Entity:
    """Who may quote a post, and whether the viewer may."""
    policy = quoting.policy(whole.post.visibility, whole.post.is_local, whole.post.may_quote)
    automatic, manual = ([] if who == "nobody" else [who] for who in (policy.automatic, policy.manual))
    return {"automatic": automatic, "manual": manual, "current_user": whole.may_quote}


def _about_page(look: Look, whole: Whole) -> Entity | None:
    return page_card(look, whole.extras.card) if whole.extras.card is not None else None


def page_card(look: Look, card: Card) -> Entity:
    """A page to which posts link, in short."""
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": None,
        "type": "link",
        "author_name": "",
        "author_url": "",
        "authors": [],
        "provider_name": card.site or card.host,
        "provider_url": "",
        "html": "",
        "width": card.width or 0,
        "height": card.height or 0,
        "image": look.absolute(card.picture) if card.picture else None,
        "image_description": card.picture_alt,
        "embed_url": "",
        "blurhash": None,
        "published_at": None,
    }


def _card(look: Look, whole: Whole, listing: Offered, author: Entity) -> Entity:
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
