"""Own copies of other people's pictures, made when somebody here first looks: no reader's browser asks a stranger."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import Busy, PeerGone, Refused, Unreachable
from federation.places import Places
from node.actors.model import Actor
from node.db import Base
from node.emojis.model import Emoji
from node.errors import Invalid
from node.media import service as media
from node.media.model import Media
from node.previews.model import Preview
from node.work import Node, Reading

LARGEST = 10 << 20
"""Bytes of a picture we fetch."""
_FACE_BYTES, _EMOJI_BYTES, _CARD_BYTES = 40 << 10, 4 << 10, 60 << 10
"""What a copy of that size takes, counted generously: there is no row that knows."""
_AT_ONCE = 32
_IN_LINE = 64
_HEAVY = 64 << 20
"""Bytes of pictures that are here and not yet looked into."""
_held = 0
_AGAIN_AFTER = timedelta(minutes=10)
_REMEMBERED = 5_000
_in_vain: WeakKeyDictionary[Node, OrderedDict[str, datetime]] = WeakKeyDictionary()
"""Addresses where there was no picture lately: whoever looks again must not make us ask again."""


class _Kind(NamedTuple):
    """The columns in which a row says which picture it shows, and whether there is a copy of it here."""

    model: type[Base]
    address: str
    digest: str
    side: int | None
    """Pixels that the copy has at most; None for as many as a picture of our own may have."""
    facts: Callable[[media.Picture], dict[str, object]]
    """What else the row says of the copy, by column."""


_OF_POSTS = _Kind(
    Media,
    "remote_url",
    "digest",
    None,
    lambda picture: {
        "extension": media.EXTENSION,
        "media_type": "image/webp",
        "width": picture.width,
        "height": picture.height,
        "bytes": len(picture.content),
        "blurhash": sa.func.coalesce(sa.func.nullif(Media.blurhash, ""), picture.blurhash),
    },
)
_FACES = _Kind(Actor, "icon_url", "icon_digest", 512, lambda picture: {})
_EMOJIS = _Kind(Emoji, "url", "digest", 96, lambda picture: {})
_CARDS = _Kind(
    Preview,
    "picture_url",
    "digest",
    640,
    lambda picture: {"width": picture.width, "height": picture.height},
)


async def of_post(node: Node, directory: Directory, media_id: int) -> str | None:
    """The digest of our copy of a picture in a post from elsewhere; None when there is none to be had."""
    return await _copy(node, directory, _OF_POSTS, media_id)


async def of_actor(node: Node, directory: Directory, actor_id: int) -> str | None:
    """The digest of our copy of somebody's face; None when there is none to be had."""
    return await _copy(node, directory, _FACES, actor_id)


async def of_emoji(node: Node, directory: Directory, emoji_id: int) -> str | None:
    """The digest of our copy of a small picture in somebody's text; None when there is none to be had."""
    return await _copy(node, directory, _EMOJIS, emoji_id)


async def of_preview(node: Node, directory: Directory, preview_id: int) -> str | None:
    """The digest of our copy of the picture that a page shows of itself; None when there is none to be had."""
    return await _copy(node, directory, _CARDS, preview_id)


async def _copy(node: Node, directory: Directory, kind: _Kind, id: int) -> str | None:
    """The copy that is here, or one that is made now. A row that shows another picture by then is left alone."""
    columns = kind.model.__table__.c
    async with node.reading() as work:
        wanted = sa.select(columns[kind.digest], columns[kind.address]).where(columns.id == id)
        row = (await work.session.execute(wanted)).first()
        digest, address = row if row is not None else (None, None)
        if digest is not None or address is None or await _is_full(work):
            return digest
    picture = await _fetch(directory, address, kind.side)
    if picture is None:
        return None
    await media.keep(node, picture)
    async with node.writing() as work:
        await work.session.execute(
            sa.update(kind.model)
            .where(columns.id == id, columns[kind.address] == address)
            .values({kind.digest: picture.digest, **kind.facts(picture)})
        )
    return picture.digest


async def _fetch(directory: Directory, address: str, side: int | None = None) -> media.Picture | None:
    """At most so many at once: a page full of new faces must not hold up everything else, nor a host that hangs."""
    global _held
    in_vain, now = _in_vain.setdefault(directory.node, OrderedDict()), directory.node.clock()
    asked_at = in_vain.get(address)
    if asked_at is not None and timedelta() <= now - asked_at < _AGAIN_AFTER:
        return None
    try:
        async with _asking.setdefault(directory.node, Places(_AT_ONCE, _IN_LINE)).taken():
            content = await directory.picture(address, LARGEST)
        if _held + len(content) > _HEAVY:
            return None
        _held += len(content)
        try:
            async with _looking:
                return await (media.reencode(content, side) if side else media.reencode(content))
        finally:
            _held -= len(content)
    except Busy:
        return None
    except (Refused, Unreachable, PeerGone, Invalid):
        in_vain[address] = now
        while len(in_vain) > _REMEMBERED:
            in_vain.popitem(last=False)
        return None


_asking: WeakKeyDictionary[Node, Places] = WeakKeyDictionary()
_looking = asyncio.Semaphore(6)


async def _is_full(work: Reading) -> bool:
    """True when the copies of pictures, faces and emoji fill what the operator gives them."""
    in_posts = sa.select(sa.func.coalesce(sa.func.sum(Media.bytes), 0)).where(Media.remote_url.is_not(None))
    faces = sa.select(sa.func.count()).where(Actor.icon_digest.is_not(None), Actor.is_local.is_(False))
    emoji = sa.select(sa.func.count()).where(Emoji.digest.is_not(None))
    cards = sa.select(sa.func.count()).where(Preview.digest.is_not(None))
    used = sum(
        [
            int(await work.session.scalar(in_posts) or 0),
            int(await work.session.scalar(faces) or 0) * _FACE_BYTES,
            int(await work.session.scalar(emoji) or 0) * _EMOJI_BYTES,
            int(await work.session.scalar(cards) or 0) * _CARD_BYTES,
        ]
    )
    return used >= work.config.remote_media_cap << 20
