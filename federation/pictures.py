"""Own copies of other people's pictures, made when somebody here first looks: no reader's browser asks a stranger."""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import PeerGone, Refused, Unreachable
from node.actors.model import Actor
from node.emojis.model import Emoji
from node.errors import Invalid
from node.media import service as media
from node.media.model import Media
from node.previews.model import Preview
from node.work import Node, Reading

LARGEST = 10 << 20
"""Bytes of a picture we fetch."""
_FACE_SIDE = 512
_EMOJI_SIDE = 96
_CARD_SIDE = 640
_FACE_BYTES, _EMOJI_BYTES, _CARD_BYTES = 40 << 10, 4 << 10, 60 << 10
"""What a copy of that size takes, counted generously: there is no row that knows."""
_WAITING = 64
_waiting = 0
_AGAIN_AFTER = timedelta(minutes=10)
_REMEMBERED = 5_000
_in_vain: WeakKeyDictionary[Node, OrderedDict[str, datetime]] = WeakKeyDictionary()
"""Addresses where there was no picture lately: whoever looks again must not make us ask again."""


async def of_post(node: Node, directory: Directory, media_id: int) -> str | None:
    """The digest of our copy of a picture in a post from elsewhere; None when there is none to be had."""
    async with node.reading() as work:
        row = await work.session.get(Media, media_id)
        if row is None or row.digest is not None or row.remote_url is None:
            return row.digest if row is not None else None
        address = row.remote_url
        if await _is_full(work):
            return None
    picture = await _fetch(directory, address)
    if picture is None:
        return None
    await media.keep(node, picture)
    async with node.writing() as work:
        row = await work.session.get(Media, media_id)
        if row is not None and row.remote_url == address:
            row.digest, row.extension, row.media_type = picture.digest, media.EXTENSION, "image/webp"
            row.width, row.height, row.bytes = picture.width, picture.height, len(picture.content)
            row.blurhash = row.blurhash or picture.blurhash
    return picture.digest


async def of_actor(node: Node, directory: Directory, actor_id: int) -> str | None:
    """The digest of our copy of somebody's face; None when there is none to be had."""
    async with node.reading() as work:
        actor = await work.session.get(Actor, actor_id)
        if actor is None or actor.icon_digest is not None or actor.icon_url is None:
            return actor.icon_digest if actor is not None else None
        address = actor.icon_url
        if await _is_full(work):
            return None
    picture = await _fetch(directory, address, _FACE_SIDE)
    if picture is None:
        return None
    await media.keep(node, picture)
    async with node.writing() as work:
        await work.session.execute(
            sa.update(Actor).where(Actor.id == actor_id, Actor.icon_url == address).values(icon_digest=picture.digest)
        )
    return picture.digest


async def of_emoji(node: Node, directory: Directory, emoji_id: int) -> str | None:
    """The digest of our copy of a small picture in somebody's text; None when there is none to be had."""
    async with node.reading() as work:
        row = await work.session.get(Emoji, emoji_id)
        if row is None or row.digest is not None:
            return row.digest if row is not None else None
        address = row.url
        if await _is_full(work):
            return None
    picture = await _fetch(directory, address, _EMOJI_SIDE)
    if picture is None:
        return None
    await media.keep(node, picture)
    async with node.writing() as work:
        await work.session.execute(
            sa.update(Emoji).where(Emoji.id == emoji_id, Emoji.url == address).values(digest=picture.digest)
        )
    return picture.digest


async def of_preview(node: Node, directory: Directory, preview_id: int) -> str | None:
    """The digest of our copy of the picture that a page shows of itself; None when there is none to be had."""
    async with node.reading() as work:
        row = await work.session.get(Preview, preview_id)
        if row is None or row.digest is not None or row.picture_url is None:
            return row.digest if row is not None else None
        address = row.picture_url
        if await _is_full(work):
            return None
    picture = await _fetch(directory, address, _CARD_SIDE)
    if picture is None:
        return None
    await media.keep(node, picture)
    async with node.writing() as work:
        await work.session.execute(
            sa.update(Preview)
            .where(Preview.id == preview_id, Preview.picture_url == address)
            .values(digest=picture.digest, width=picture.width, height=picture.height)
        )
    return picture.digest


async def _fetch(directory: Directory, address: str, side: int | None = None) -> media.Picture | None:
    """At most so many at once: a page full of new faces must not hold up everything else."""
    global _waiting
    in_vain, now = _in_vain.setdefault(directory.node, OrderedDict()), directory.node.clock()
    asked_at = in_vain.get(address)
    if _waiting >= _WAITING or (asked_at is not None and timedelta() <= now - asked_at < _AGAIN_AFTER):
        return None
    _waiting += 1
    try:
        async with _at_once:
            content = await directory.picture(address, LARGEST)
            return await (media.reencode(content, side) if side else media.reencode(content))
    except (Refused, Unreachable, PeerGone, Invalid):
        in_vain[address] = now
        while len(in_vain) > _REMEMBERED:
            in_vain.popitem(last=False)
        return None
    finally:
        _waiting -= 1


_at_once = asyncio.Semaphore(6)


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
