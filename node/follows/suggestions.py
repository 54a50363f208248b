"""Colleagues whom a member does not follow yet, for apps that suggest whom to follow."""

import sqlalchemy as sa

from node.access import people_listed
from node.actors.model import Actor
from node.follows.model import Follow, PassedOver
from node.members.model import Member
from node.moderation.model import Mute
from node.work import Reading, Writing

MOST = 80


async def suggested(work: Reading, viewer_id: int, limit: int, offset: int = 0) -> list[Actor]:
    """Members of this association who want to be found; first those who follow the viewer, then who came last."""
    follows_back = sa.exists().where(
        Follow.follower_id == Actor.id, Follow.followed_id == viewer_id, Follow.state == "accepted"
    )
    chosen = (
        sa.select(Actor)
        .join(Member, Member.actor_id == Actor.id)
        .where(
            Actor.is_local,
            Actor.is_discoverable,
            Actor.id != viewer_id,
            Actor.gone_at.is_(None),
            Actor.moved_to.is_(None),
            Member.ended_at.is_(None),
            people_listed(viewer_id),
            ~sa.exists().where(Follow.follower_id == viewer_id, Follow.followed_id == Actor.id),
            ~sa.exists().where(Mute.muting_id == viewer_id, Mute.muted_id == Actor.id),
            ~sa.exists().where(PassedOver.viewer_id == viewer_id, PassedOver.actor_id == Actor.id),
        )
        .order_by(follows_back.desc(), Member.joined_at.desc(), Actor.id.desc())
    )
    return list(await work.session.scalars(chosen.limit(limit).offset(offset)))


async def pass_over(work: Writing, viewer_id: int, actor_id: int) -> None:
    """Do not suggest somebody again."""
    await work.session.execute(
        work.insert(PassedOver)
        .values(viewer_id=viewer_id, actor_id=actor_id, created_at=work.now)
        .on_conflict_do_nothing()
    )
