"""Relationship: what there is between the member who asks and others."""

from collections.abc import Sequence

import sqlalchemy as sa

from node.follows.model import Follow
from node.moderation.queries import Distance, distances
from node.work import Reading
from web.api.shapes.look import Entity, moment


async def relationships(work: Reading, viewer_id: int, ids: Sequence[int]) -> list[Entity]:
    """One for each of these actors, in this order."""
    mine: dict[int, Follow] = {}
    theirs: dict[int, str] = {}
    for row in await work.session.scalars(
        sa.select(Follow).where(
            sa.or_(
                sa.and_(Follow.follower_id == viewer_id, Follow.followed_id.in_(ids)),
                sa.and_(Follow.followed_id == viewer_id, Follow.follower_id.in_(ids)),
            )
        )
    ):
        if row.follower_id == viewer_id:
            mine[row.followed_id] = row
        else:
            theirs[row.follower_id] = row.state
    kept_away = await distances(work, viewer_id, ids) if ids else {}
    return [_relationship(id, mine.get(id), theirs.get(id, ""), kept_away[id]) for id in ids]


async def relationship(work: Reading, viewer_id: int, id: int) -> Entity:
    return (await relationships(work, viewer_id, [id]))[0]


def _relationship(id: int, mine: Follow | None, theirs: str, distance: Distance) -> Entity:
    state = mine.state if mine is not None else ""
    is_tied = state in ("accepted", "asked")
    return {
        "id": str(id),
        "following": state == "accepted",
        "showing_reblogs": mine is not None and is_tied and mine.shows_boosts,
        "notifying": mine is not None and is_tied and mine.notifies,
        "languages": None,
        "followed_by": theirs == "accepted",
        "blocking": distance.blocks,
        "blocked_by": distance.is_blocked,
        "muting": distance.mutes,
        "muting_notifications": distance.mutes_notifications,
        "muting_expires_at": moment(distance.muted_until) if distance.muted_until else None,
        "requested": state == "asked",
        "requested_by": theirs == "asked",
        "domain_blocking": distance.shuts_out_host,
        "endorsed": False,
        "note": distance.note,
    }
