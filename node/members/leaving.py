"""A member closes their account: what is theirs goes, everybody hears of it, and what others agreed with them stays."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.accounts import service as accounts
from node.accounts.model import Account
from node.accounts.tokens import TOPIC as TOKENS_TOPIC
from node.actors.model import Actor
from node.boosts import service as boosts
from node.circles import members as circle_members
from node.circles import service as circles
from node.circles.model import Circle, CircleMember
from node.companies.model import Company, CompanyPerson
from node.db import Base
from node.deals import machine
from node.deals import service as deals
from node.deals.model import Deal
from node.errors import Conflict
from node.follows.model import Follow
from node.invitations.model import Connection
from node.members.model import Member
from node.outbox import service as outbox
from node.outbox import wire
from node.posts.model import Post, PostMention
from node.posts.parts import bury
from node.reactions import service as reactions
from node.search import forget as forget_words
from node.words import N_
from node.work import Reading, Writing

_STAYS = frozenset({"actor_keys", "reports", "poll_votes"})
"""Of what hangs on a person: the key that signs the farewell, what others reported, the votes that were counted."""
_MOST_TOLD = 20_000


@dataclass(frozen=True, slots=True)
class Bond:
    """What has to be brought to an end first: a deal that was agreed, or a circle that would lose its moderator."""

    kind: str  # deal circle
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What stands in the way of closing an account, and how much would go."""

    bonds: tuple[Bond, ...]
    is_last_admin: bool
    posts: int
    followers: int
    firms: tuple[str, ...]
    """Those in which nobody else works, by name: they go too."""


async def outlook(work: Reading, account_id: int) -> Outlook:
    """As a member sees it before they decide."""
    account = await work.session.get_one(Account, account_id)
    actor_id = account.actor_id
    posts = await work.session.scalar(
        sa.select(sa.func.count()).where(Post.author_id == actor_id, Post.deleted_at.is_(None), Post.kind != "boost")
    )
    followers = await work.session.scalar(
        sa.select(sa.func.count()).where(Follow.followed_id == actor_id, Follow.state == "accepted")
    )
    return Outlook(
        (*await _agreed(work, actor_id), *await _led_alone(work, actor_id)),
        await accounts.is_last_admin(work, account_id),
        int(posts or 0),
        int(followers or 0),
        tuple(firm.name for firm in await _firms(work, actor_id)),
    )


async def close(work: Writing, account_id: int) -> None:
    """Close an account for ever. Its address answers "gone" and is nobody else's; what others hold stays theirs:
    deals, their papers and the history of both. Raises Conflict while something binds them (outlook).
    """
    account = await work.session.get_one(Account, account_id)
    actor = await work.session.get_one(Actor, account.actor_id)
    await accounts.require_another_admin(work, account)
    if (await outlook(work, account_id)).bonds:
        raise Conflict(N_("Bring to an end what others count on first."))
    await _stop_talking(work, actor)
    firms = await _firms(work, actor.id)
    for gone in (*firms, actor):
        told = await _acquainted(work, gone.id)
        farewell = wire.delete(gone.uri, gone.uri, work.now)
        await outbox.publish(work, gone, farewell, outbox.Audience(public=True, followers=True, actors=told))
    await _leave_circles(work, actor)
    await boosts.forget_all(work, actor)
    await reactions.forget_all(work, actor)
    written = await work.session.scalars(sa.select(Post).where(Post.author_id == actor.id, Post.deleted_at.is_(None)))
    for post in written.all():
        await bury(work, post)
    for firm in firms:
        await work.session.execute(sa.delete(Company).where(Company.actor_id == firm.id))
        await _vanish(work, firm)
    await work.session.execute(sa.delete(Member).where(Member.actor_id == actor.id))
    await _vanish(work, actor)
    work.tell(account_id, TOKENS_TOPIC)
    await _forget_rows(work, "accounts", account_id)
    await work.session.delete(account)
    await work.session.flush()


# what binds


async def _agreed(work: Reading, actor_id: int) -> Sequence[Bond]:
    rows = await work.session.scalars(
        sa.select(Deal)
        .where(sa.or_(Deal.seller_id == actor_id, Deal.buyer_id == actor_id), Deal.state == machine.AGREED)
        .order_by(Deal.id)
    )
    return [Bond("deal", row.title, f"/deals/{row.id}") for row in rows]


async def _led_alone(work: Reading, actor_id: int) -> Sequence[Bond]:
    """Circles with others in them and no other moderator."""
    found = []
    for group, others in await _led(work, actor_id):
        if others and len(await circle_members.moderators(work, group.id)) == 1:
            found.append(Bond("circle", group.name, f"/@{group.username}"))
    return found


async def _led(work: Reading, actor_id: int) -> Sequence[tuple[Actor, int]]:
    """The circles here that somebody moderates, and how many others are in each."""
    own, other = CircleMember, aliased(CircleMember)
    others = (
        sa.select(sa.func.count())
        .where(other.circle_id == own.circle_id, other.actor_id != actor_id, other.state == "member")
        .scalar_subquery()
    )
    rows = await work.session.execute(
        sa.select(Actor, others)
        .join(own, own.circle_id == Actor.id)
        .join(Circle, Circle.actor_id == Actor.id)
        .where(own.actor_id == actor_id, own.role == "moderator", own.state == "member", Circle.ended_at.is_(None))
        .order_by(Actor.id)
    )
    return [(group, int(count)) for group, count in rows]


async def _firms(work: Reading, actor_id: int) -> Sequence[Actor]:
    """The firms in which this person works alone."""
    other = aliased(CompanyPerson)
    rows = await work.session.scalars(
        sa.select(Actor)
        .join(CompanyPerson, CompanyPerson.company_id == Actor.id)
        .where(
            CompanyPerson.person_id == actor_id,
            ~sa.exists().where(other.company_id == Actor.id, other.person_id != actor_id),
        )
        .order_by(Actor.id)
    )
    return rows.all()


# what goes


async def _stop_talking(work: Writing, actor: Actor) -> None:
    """Whoever talks with them about terms is told that nothing comes of it."""
    rows = await work.session.scalars(
        sa.select(Deal.id).where(
            sa.or_(Deal.seller_id == actor.id, Deal.buyer_id == actor.id), Deal.state.in_(machine.TALKING)
        )
    )
    for deal_id in rows.all():
        sides = await deals.load(work, await work.session.get_one(Deal, deal_id))
        possible = machine.possible(sides.outcome().deal, sides.role_of(actor), work.now)
        await deals.take(work, actor, deal_id, "decline" if "decline" in possible else "withdraw")


async def _leave_circles(work: Writing, actor: Actor) -> None:
    for group, others in await _led(work, actor.id):
        if not others:
            await circles.end(work, actor, group.id)
    rows = await work.session.scalars(
        sa.select(Actor).join(CircleMember, CircleMember.circle_id == Actor.id).where(CircleMember.actor_id == actor.id)
    )
    for group in rows.all():
        await circle_members.leave(work, actor, group)


async def _acquainted(work: Reading, actor_id: int) -> list[int]:
    """Those beside the followers who hold something of theirs: whom they follow, wrote to, know or deal with."""
    known = sa.union(
        sa.select(Follow.followed_id).where(Follow.follower_id == actor_id),
        sa.select(Connection.invited_id).where(Connection.inviting_id == actor_id),
        sa.select(Connection.inviting_id).where(Connection.invited_id == actor_id),
        sa.select(Deal.buyer_id).where(Deal.seller_id == actor_id),
        sa.select(Deal.seller_id).where(Deal.buyer_id == actor_id),
        sa.select(PostMention.actor_id).join(Post, Post.id == PostMention.post_id).where(Post.author_id == actor_id),
    ).subquery()
    rows = await work.session.scalars(sa.select(known).limit(_MOST_TOLD))
    return list(rows)


async def _vanish(work: Writing, actor: Actor) -> None:
    """The row stays as a mark with nothing personal in it, for others spoke and dealt with whoever it was."""
    actor.name = actor.username
    actor.summary, actor.industry = "", ""
    actor.fields, actor.also_known_as = [], []
    actor.icon_url = actor.icon_digest = actor.image_url = actor.moved_to = None
    actor.updated_at = actor.gone_at = work.now
    await forget_words(work, actor.id)
    await _forget_rows(work, "actors", actor.id)


async def _forget_rows(work: Writing, table: str, id: int) -> None:
    """All that hangs on a row of ``table`` and would go with it; the row itself stays."""
    for dependent in reversed(Base.metadata.sorted_tables):
        if dependent.name in _STAYS:
            continue
        for key in dependent.foreign_keys:
            if key.column.table.name == table:
                await _let_go(work, key, id)


async def _let_go(work: Writing, key: sa.ForeignKey, id: int) -> None:
    column, dependent = key.parent, key.parent.table
    assert isinstance(dependent, sa.Table)
    if key.ondelete == "CASCADE":
        await work.session.execute(sa.delete(dependent).where(column == id))
    elif column.nullable:
        await work.session.execute(sa.update(dependent).where(column == id).values({column.name: None}))
