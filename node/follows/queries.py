"""What the pages ask about following."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.faces import Face, faces
from node.follows.model import Follow
from node.work import Reading

PAGE = 40
_follower = aliased(Actor)


def is_read_here() -> sa.ColumnElement[bool]:
    """The clause over ``actors``: somebody here follows them, or asked to.

    The first post may overtake the Accept that was sent before it. Nobody reads it before that has come.
    """
    return sa.exists().where(
        Follow.followed_id == Actor.id,
        Follow.state.in_(("asked", "accepted")),
        Follow.follower_id == _follower.id,
        _follower.is_local,
    )


@dataclass(frozen=True, slots=True)
class Ties:
    """What there is between a viewer and somebody: each side's Follow as ``""``, ``asked`` or ``accepted``."""

    following: str = ""
    followed_by: str = ""
    shows_boosts: bool = True
    """Whether the viewer also sees what they pass on."""


async def ties(work: Reading, viewer_id: int, other_id: int) -> Ties:
    """How a viewer and somebody else follow each other."""
    rows = await work.session.execute(
        sa.select(Follow.follower_id, Follow.state, Follow.shows_boosts).where(
            sa.or_(
                sa.and_(Follow.follower_id == viewer_id, Follow.followed_id == other_id),
                sa.and_(Follow.follower_id == other_id, Follow.followed_id == viewer_id),
            ),
            Follow.state != "rejected",
        )
    )
    found = {row.follower_id: row for row in rows}
    mine, theirs = found.get(viewer_id), found.get(other_id)
    return Ties(
        following=mine.state if mine is not None else "",
        followed_by=theirs.state if theirs is not None else "",
        shows_boosts=mine is None or mine.shows_boosts,
    )


async def requests(work: Reading, followed_id: int, limit: int = PAGE) -> list[Face]:
    """Who waits for permission to follow, oldest first."""
    return await _faces(
        work,
        sa.select(Follow.follower_id)
        .where(Follow.followed_id == followed_id, Follow.state == "asked")
        .order_by(Follow.id)
        .limit(limit),
    )


async def following(work: Reading, follower_id: int, before: int | None = None, limit: int = PAGE) -> list[Face]:
    """Whom somebody follows, newest first."""
    chosen = sa.select(Follow.followed_id).where(Follow.follower_id == follower_id, Follow.state == "accepted")
    return await _faces(work, _page(chosen, before, limit))


async def followers(work: Reading, followed_id: int, before: int | None = None, limit: int = PAGE) -> list[Face]:
    """Who follows somebody, newest first."""
    chosen = sa.select(Follow.follower_id).where(Follow.followed_id == followed_id, Follow.state == "accepted")
    return await _faces(work, _page(chosen, before, limit))


def _page(chosen: sa.Select[int], before: int | None, limit: int) -> sa.Select[int]:
    if before is not None:
        chosen = chosen.where(Follow.id < before)
    return chosen.order_by(Follow.id.desc()).limit(limit)


async def _faces(work: Reading, chosen: sa.Select[int]) -> list[Face]:
    ids = (await work.session.scalars(chosen)).all()
    found = await faces(work, ids)
    return [found[id] for id in ids if id in found]
