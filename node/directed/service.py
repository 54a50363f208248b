"""Offers to one person: whether they may go or come in, and what the one who gets them answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from node.access import can_read, readable
from node.accounts.model import Account
from node.actors.model import Actor
from node.associations.model import Association
from node.deals.model import Deal
from node.directed import buckets
from node.directed.model import DirectedOffer, OfferMute
from node.errors import Conflict, Forbidden, Gone, Invalid, NodeError, NotFound
from node.etiquette import code, other_half, weekly_allowance
from node.listings.model import Listing
from node.moderation.queries import require_reach
from node.peers import service as peers
from node.peers.model import Peer
from node.posts import service as posts
from node.posts.model import Post
from node.words import N_
from node.work import Reading, Writing

PEOPLE = ("person", "organization")
KEPT = timedelta(days=60)
"""How long what waits is kept for a look."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An offer that may go to ``to``. ``ask`` is the ask of theirs that it answers."""

    to: Actor
    half: str
    ask: Post | None = None


class Overfull(NodeError):
    """A host left more one-way offers here than it may; nothing is kept of them but their number."""


# what members send


async def plan(
    work: Writing, author: Actor, to_id: int | None, answers_id: int | None, terms: str, *, has_return: bool
) -> Plan:
    """What becomes of an offer to somebody; without ``to_id`` to whoever asked for what it answers.

    Raises Invalid (``to``, ``answers``, ``terms``), EtiquetteFirst, Forbidden, TooMany (with the day one returns),
    Conflict (one message until they answer).
    """
    ask = await _open_ask(work, answers_id, author.id) if answers_id is not None else None
    if answers_id is not None and ask is None:
        raise Invalid({"answers": N_("This ask is no longer open.")})
    to = await work.session.get(Actor, to_id or (ask.author_id if ask else 0))
    if to is None or to.gone_at is not None or to.kind not in PEOPLE:
        raise Invalid({"to": N_("There is nobody to send it to.")})
    if to.id == author.id:
        raise Invalid({"to": N_("You cannot send an offer to yourself.")})
    if ask is not None and ask.author_id != to.id:
        raise Invalid({"answers": N_("Somebody else asked for this.")})
    half = other_half.require(other_half.other_half(terms, has_return=has_return, answers_ask=ask is not None))
    version = await work.session.scalar(sa.select(Account.etiquette_version).where(Account.actor_id == author.id))
    code.require(version or 0)
    await require_reach(work, author, to)
    if await is_muted(work, author.id):
        raise Forbidden(
            N_("Several members found that your offers ask for everything and give nothing. "
               "The office decides when you can send offers to single people again.")
        )  # fmt: skip
    if other_half.is_unsolicited(half):
        # Of two that are sent at once one waits for the other, and is counted after it.
        await work.session.execute(sa.select(Actor.id).where(Actor.id == author.id).with_for_update())
        weekly_allowance.check(await unanswered(work, author.id), await allowance(work), work.now)
        await posts.leave_room(work, author, [to])
    return Plan(to, half, ask)


async def record(work: Writing, post: Post, plan: Plan) -> None:
    """``post`` went to the one of the plan."""
    work.session.add(
        DirectedOffer(post_id=post.id, to_id=plan.to.id, from_id=post.author_id, half=plan.half, sent_at=work.now)
    )
    await work.session.flush()


async def half_of(work: Reading, post: Post, listing: Listing) -> str | None:
    """The other half of an offer to one person as its row says it now; None for what is for everybody.

    Raises Invalid when a change would take it away.
    """
    row = await work.session.scalar(sa.select(DirectedOffer).where(DirectedOffer.post_id == post.id).limit(1))
    if row is None:
        return None
    has_return = listing.price is not None or bool(listing.barter)
    return other_half.require(
        other_half.other_half(listing.terms, has_return=has_return, answers_ask=listing.answers_id is not None)
    )


async def allowance(work: Reading) -> int:
    """How many offers that nobody asked for a member may send in a week."""
    found = await work.session.scalar(sa.select(Association.offers_a_week).limit(1))
    return weekly_allowance.ALLOWANCE if found is None else found


async def unanswered(work: Reading, author_id: int) -> list[datetime]:
    """When the unsolicited offers of the last week were sent that got no answer: no word, no no, no deal."""
    replied = sa.exists().where(Post.parent_id == DirectedOffer.post_id, Post.author_id == DirectedOffer.to_id)
    dealt = sa.exists().where(Deal.listing_id == DirectedOffer.post_id)
    found = await work.session.scalars(
        sa.select(DirectedOffer.sent_at).where(
            DirectedOffer.from_id == author_id,
            DirectedOffer.sent_at > work.now - weekly_allowance.WEEK,
            DirectedOffer.half != "ask",
            DirectedOffer.state.in_(("open", "one_way")),
            ~replied,
            ~dealt,
        )
    )
    return list(found)


async def is_muted(work: Reading, actor_id: int) -> bool:
    """True while this sender's offers to single people are not let through."""
    row = await work.session.get(OfferMute, actor_id)
    return row is not None and row.lifted_at is None


def open_asks(work: Reading, reader_id: int, author_id: int) -> sa.Select[int]:
    """The open asks of somebody that ``reader_id`` may read, newest first."""
    chosen = sa.select(Post.id).join(Listing, Listing.post_id == Post.id)
    return chosen.where(Post.author_id == author_id, _is_open_ask(work, reader_id)).order_by(Post.id.desc())


async def _open_ask(work: Reading, post_id: int, reader_id: int) -> Post | None:
    """An ask that is open and that ``reader_id`` may read."""
    chosen = sa.select(Post).join(Listing, Listing.post_id == Post.id)
    return await work.session.scalar(chosen.where(Post.id == post_id, _is_open_ask(work, reader_id)))


def _is_open_ask(work: Reading, reader_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        Listing.purpose == "request",
        Listing.state == "open",
        sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now),
        readable(reader_id),
    )


# what others send


@dataclass(frozen=True, slots=True)
class Incoming:
    """How an offer from elsewhere comes in. ``waits``: nobody is told of it."""

    to: Sequence[Actor]
    half: str
    waits: bool


async def weigh(
    work: Writing, author: Actor, to: Sequence[Actor], terms: str, *, has_return: bool, answers_uri: str | None
) -> Incoming:
    """What becomes of an offer that came from elsewhere for these members of ours alone; nothing is kept yet.

    One-way it waits, and so does one more than the sender's own association would let go in a week. What waits is
    counted against its host: raises Overfull when that has left too much already, Forbidden for a muted sender.
    """
    if await is_muted(work, author.id):
        raise Forbidden(N_("Several members found that these offers give nothing in return."))
    ask = await work.session.scalar(sa.select(Post).where(Post.uri == answers_uri)) if answers_uri else None
    asked = ask is not None and [actor.id for actor in to] == [ask.author_id]
    answers = asked and ask is not None and await _open_ask(work, ask.id, author.id) is not None
    half = other_half.other_half(terms, has_return=has_return, answers_ask=answers)
    waits = half == other_half.ONE_WAY
    if not waits and other_half.is_unsolicited(half):
        counted = await unanswered(work, author.id)
        waits = len(to) > 1 or weekly_allowance.left(counted, max(await allowance(work), 1), work.now) == 0
    if waits:
        await _take_token(work, author.host)
    return Incoming(tuple(to), half, waits)


async def hear(work: Writing, post: Post, incoming: Incoming) -> None:
    """Keep for whom the offer is, once its post is there."""
    work.session.add_all(
        DirectedOffer(
            post_id=post.id, to_id=actor.id, from_id=post.author_id, half=incoming.half, waits=incoming.waits,
            sent_at=work.now,
        )
        for actor in incoming.to
    )  # fmt: skip
    await work.session.flush()


async def require_same(work: Reading, post_id: int, to: Sequence[Actor]) -> None:
    """An offer is for those to whom it was sent first. Raises Forbidden for anybody more."""
    sent = await work.session.scalars(sa.select(DirectedOffer.to_id).where(DirectedOffer.post_id == post_id))
    if not {actor.id for actor in to} <= set(sent):
        raise Forbidden(N_("An offer to one person is not passed on to others by a change."))


async def relabel(work: Writing, post: Post, terms: str, *, has_return: bool) -> None:
    """What was sent with another half may have lost it by an edit."""
    half = other_half.other_half(terms, has_return=has_return, answers_ask=False)
    await work.session.execute(
        sa.update(DirectedOffer).where(DirectedOffer.post_id == post.id, DirectedOffer.half != "ask").values(half=half)
    )


async def count_overfull(work: Writing, host: str) -> None:
    """One more that is not kept. For the office's page of that host."""
    await peers.meet(work, [host])
    await work.session.execute(
        sa.update(Peer).where(Peer.host == host).values(one_way_refused=Peer.one_way_refused + 1)
    )


async def _take_token(work: Writing, host: str) -> None:
    await peers.meet(work, [host])
    peer = await work.session.scalar(sa.select(Peer).where(Peer.host == host).with_for_update())
    assert peer is not None
    full_at = buckets.take(peer.one_way_full_at, work.now)
    if full_at is None:
        raise Overfull(N_("This host has left enough for today."))
    peer.one_way_full_at = full_at
    await work.session.flush()


# what its addressee answers


async def answer(work: Writing, member: Actor, post_id: int, state: str, text: str) -> Post:
    """Say ``interested`` or ``declined`` to an offer, in words that go back to its sender. Returns the reply.

    Raises NotFound, Gone, Conflict (answered already), Invalid (``text``).
    """
    row = await offered_to(work, member.id, post_id)
    if row.state != "open" and not (row.state == "declined" and state == "interested"):
        raise Conflict(N_("You have answered this already."))
    offer = await work.session.get_one(Post, post_id)
    if offer.deleted_at is not None:
        raise Gone
    if not text.strip():
        raise Invalid({"text": N_("Write something first.")})
    draft = posts.Draft(text=text, lens=offer.lens, visibility="direct", parent_id=post_id)
    reply = await posts.publish(work, member, draft)
    row.state, row.answered_at, row.waits = state, work.now, False
    await work.session.flush()
    return reply


async def offered_to(work: Reading, member_id: int, post_id: int) -> DirectedOffer:
    """The offer to this member. Raises NotFound for anybody else's."""
    row = await work.session.get(DirectedOffer, (post_id, member_id))
    if row is None or not await can_read(work, member_id, post_id):
        raise NotFound
    return row


async def prune(work: Writing) -> None:
    """Housekeeping: what waited and was never looked at goes."""
    old = sa.select(DirectedOffer.post_id).where(
        DirectedOffer.waits, DirectedOffer.state == "open", DirectedOffer.sent_at < work.now - KEPT
    )
    await work.session.execute(sa.delete(Post).where(Post.id.in_(old), ~Post.is_local))
