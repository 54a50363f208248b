"""Taking pictures in: decoded in a process with limits, stripped of everything but pixels, named by content."""

import asyncio
import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from node.asking import copies, given
from node.db import Base
from node.errors import Invalid, NotFound, TooMany
from node.ids import new_id
from node.media import files, shrink
from node.media.model import Media
from node.words import N_, Message
from node.work import Node, Reading, Writing

LARGEST = 20 << 20
"""Bytes of an upload."""
EXTENSION = "webp"
_SECONDS = 30.0
_at_once = asyncio.Semaphore(2)

_REFUSALS = {
    "kind": N_("This is not a picture we can read. JPEG, PNG, WebP and GIF work."),
    "size": N_("This picture is too large. Make it smaller than 40 million pixels."),
    "broken": N_("This picture seems to be damaged. Try to save it again."),
}
_UNUSED_LASTS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was re-encoded; not yet anybody's."""

    content: bytes
    digest: str
    width: int
    height: int
    blurhash: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that belongs to someone now."""

    id: int
    digest: str
    extension: str
    url: str
    width: int
    height: int
    blurhash: str
    alt: str


async def reencode(data: bytes, side: int = shrink.LARGEST_SIDE) -> Picture:
    """The picture in ``data``, at most ``side`` pixels on its longer side. Raises Invalid (field ``picture``)."""
    if len(data) > LARGEST:
        raise Invalid({"picture": N_("This file is too large. 20 MB is the most.")})
    async with _at_once:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(Path(shrink.__file__)), str(side),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_SECONDS):
                answer, _ = await process.communicate(data)
        except TimeoutError:
            raise Invalid({"picture": _REFUSALS["size"]}) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    line, _, content = answer.partition(b"\n")
    if process.returncode != 0:
        # Also a decoder that was killed by its limits.
        reason = json.loads(line).get("refused", "broken") if process.returncode == 3 else "broken"
        raise Invalid({"picture": _REFUSALS[reason]})
    facts = json.loads(line)
    return Picture(content, hashlib.sha256(content).hexdigest(), facts["width"], facts["height"], facts["blurhash"])


async def store(
    node: Node,
    owner_id: int,
    data: bytes,
    purpose: str = "post",
    alt: str = "",
    post_id: int | None = None,
    position: int = 0,
) -> Stored:
    """Take in an upload for an actor of ours. Opens its own unit, for the decoding comes before it.

    Raises Invalid (field ``picture``), TooMany when the member's quota is used up.
    """
    picture = await reencode(data, 512 if purpose in ("avatar", "logo") else shrink.LARGEST_SIDE)
    await keep(node, picture)
    async with node.writing() as work:
        return await add(work, owner_id, picture, purpose, alt, post_id, position)


async def keep(node: Node, picture: Picture) -> None:
    """Put the file in its place, before the unit that makes it somebody's."""
    await files.keep(node.config, picture.digest, EXTENSION, picture.content)


async def add(
    work: Writing,
    owner_id: int,
    picture: Picture,
    purpose: str = "post",
    alt: str = "",
    post_id: int | None = None,
    position: int = 0,
) -> Stored:
    """Make a kept picture somebody's. Raises TooMany when it would exceed their quota."""
    await work.count_alone("pictures", owner_id)
    used = await work.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Media.bytes), 0)).where(Media.owner_id == owner_id)
    )
    if int(used or 0) + len(picture.content) > work.config.media_quota << 20:
        raise TooMany(
            Message(
                N_("Your pictures fill the %(quota)s MB you have. Delete some first."),
                {"quota": work.config.media_quota},
            )
        )
    row = Media(
        id=new_id(work.now),
        owner_id=owner_id,
        post_id=post_id,
        purpose=purpose,
        position=position,
        digest=picture.digest,
        extension=EXTENSION,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.content),
        blurhash=picture.blurhash,
        alt=alt[:1500],
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    return _stored(work, row)


async def attach(work: Writing, owner_id: int, media_ids: list[int], post_id: int) -> None:
    """Give pictures of this owner to a post, in this order. Raises NotFound for those of anybody else."""
    for position, media_id in enumerate(media_ids):
        done = await work.session.execute(
            sa.update(Media)
            .where(
                Media.id == media_id,
                Media.owner_id == owner_id,
                sa.or_(Media.post_id.is_(None), Media.post_id == post_id),
            )
            .values(post_id=post_id, position=position)
            .returning(Media.id)
        )
        if done.scalar_one_or_none() is None:
            raise NotFound


async def remove(work: Writing, owner_id: int, media_id: int) -> None:
    """Take a picture away from its owner. The file stays while others show the same one (sweep)."""
    await work.session.execute(sa.delete(Media).where(Media.id == media_id, Media.owner_id == owner_id))


async def post_with(work: Reading, media_id: int) -> int | None:
    """The key of the post that shows this picture; None where no post does."""
    return await work.session.scalar(sa.select(Media.post_id).where(Media.id == media_id))


async def prune(work: Writing) -> None:
    """Housekeeping: pictures for posts that were never written no longer count against anybody's quota."""
    await work.session.execute(
        sa.delete(Media).where(
            Media.post_id.is_(None), Media.purpose == "post", Media.created_at < work.now - _UNUSED_LASTS
        )
    )


async def sweep(node: Node) -> int:
    """Housekeeping: throw away the files that no row names any more. Returns how many went.

    A file is put in its place before the row that names it, so what was kept lately stays, named or not.
    """
    before = (node.clock() - _UNUSED_LASTS).timestamp()
    count = 0
    async for shelf in files.old(node.config, before):
        async with node.reading() as work:
            named = [await work.session.scalars(sa.select(column).where(column.in_(shelf))) for column in _naming()]
        wanted = {digest for found in named for digest in found}
        count += await files.drop([path for digest, path in shelf.items() if digest not in wanted], before)
    return count


@cache
def _naming() -> tuple[sa.Column[str], ...]:
    """Every column that names a picture by its content: new tables are asked without being listed here."""
    columns = (column for table in Base.metadata.tables.values() for column in table.columns)
    return tuple(column for column in columns if column.name.endswith("digest") and isinstance(column.type, sa.String))


async def of_post(work: Reading, post_id: int) -> list[Media]:
    """A post's pictures in their order."""
    found = await work.session.scalars(
        sa.select(Media).where(Media.post_id == post_id).order_by(Media.position, Media.id)
    )
    return list(found)


_PICTURES = copies(Media, Media.post_id == given("post"), order=[Media.position, Media.id])


async def pictures_of(work: Reading, post_id: int) -> list[Media]:
    """As of_post(), to be looked at only: they belong to no session."""
    return await _PICTURES.ask(work, post=post_id)


def _stored(work: Reading, row: Media) -> Stored:
    assert row.digest is not None
    return Stored(
        id=row.id,
        digest=row.digest,
        extension=row.extension,
        url=work.uris.media(row.digest, row.extension),
        width=row.width or 0,
        height=row.height or 0,
        blurhash=row.blurhash,
        alt=row.alt,
    )
