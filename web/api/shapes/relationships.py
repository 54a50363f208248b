"""Relationship: what there is between the member who asks and others."""

from collections.abc import Sequence

import sqlalchemy as sa

from node.follows.model import Follow
from node.work import Reading
from web.api.shapes.look import Entity


async def relationships(work: Reading, viewer_id: int, ids: Sequence[int]) -> list[Entity]:
    """One for each of these actors, in this order."""
    mine: dict[int, str] = {}
    theirs: dict[int, str] = {}
    for row in await work.session.execute(
        sa.select(Follow.follower_id, Follow.followed_id, Follow.state).where(
            sa.or_(
                sa.and_(Follow.follower_id == viewer_id, Follow.followed_id.in_(ids)),
                sa.and_(Follow.followed_id == viewer_id, Follow.follower_id.in_(ids)),
            )
        )
    ):
        if row.follower_id == viewer_id:
            mine[row.followed_id] = row.state
        else:
            theirs[row.follower_id] = row.state
    return [_relationship(id, mine.get(id, ""), theirs.get(id, "")) for id in ids]


async def relationship(work: Reading, viewer_id: int, id: int) -> Entity:
    return (await relationships(work, viewer_id, [id]))[0]


def _relationship(id: int, mine: str, theirs: str) -> Entity:
    return {
        "id": str(id),
        "following": mine == "accepted",
        "showing_reblogs": mine == "accepted",
        "notifying": False,
        "languages": None,
        "followed_by": theirs == "accepted",
        "blocking": False,
        "blocked_by": False,
        "muting": False,
        "muting_notifications": False,
        "muting_expires_at": None,
        "requested": mine == "asked",
        "requested_by": theirs == "asked",
        "domain_blocking": False,
        "endorsed": False,
        "note": "",
    }
