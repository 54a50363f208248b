"""What a node does not take of the other side's steps: said to who took them, so that they count nowhere.

Between honest nodes that happens when a clock is wrong, a deal has become too long, or a listing is gone. Without a
word the one would show as done what the other never kept.
"""

from datetime import timedelta

import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.deals import history, machine, service, telling, wire
from node.deals.model import Deal, DealStep
from node.errors import NodeError
from node.ids import first_id
from node.listings.model import Listing
from node.moderation.queries import may_reach
from node.outbox import service as outbox
from node.outbox.model import Activity as Said
from node.outbox.service import Audience
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.agreement import NOT_TAKEN
from schemas.values import as_uri, embedded, one_id
from schemas.vocabulary import NETWORK

AN_HOUR = 60
"""Answers of this kind that one of ours gives."""
_HOUR = timedelta(hours=1)


class Unheard(NodeError):
    """It is not theirs to say, or not what was agreed."""


async def answer(work: Writing, said: Activity, reason: str) -> None:
    """Tell who said it that it was not taken. Nothing for those who are kept away, or have no deal here to speak of.

    A program that knows FEP-0837 alone has a word for an Offer that is refused, and none for anything else.
    """
    actor = await work.session.scalar(sa.select(Actor).where(Actor.uri == said.actor, ~Actor.is_local))
    if actor is None or said.id is None or said.document.get(NOT_TAKEN) is not None:
        return
    if said.type != "Offer" and NETWORK not in actor.capabilities:
        return
    found = await _whose(work, actor, said)
    if found is None or not await may_reach(work, actor, found[0]) or await _said_much(work, found[0]):
        return
    ours, context = found
    document = Activity(
        None, "Reject", ours.uri, (said.id,), to=(actor.uri,), published=work.now, content=wire.paragraphs(reason),
        context=context,
    ).write(**{NOT_TAKEN: True})  # fmt: skip
    await outbox.publish(work, ours, document, Audience(actors=[actor.id]), thread=_thread(said.id))


async def were_refused(work: Reading, uris: set[str]) -> bool:
    """True when one of these steps was not taken here: what follows it is not either."""
    threads = [_thread(uri) for uri in uris]
    chosen = sa.exists().where(Said.object_uri.in_(threads), Said.type == "Reject")
    return bool(threads) and bool(await work.session.scalar(sa.select(chosen)))


async def hear(work: Writing, actor: Actor, step: DealStep, reason: str) -> bool:
    """The other side's node did not take a step of ours. Raises Unheard where that is not for them to say."""
    row = await work.session.get_one(Deal, step.deal_id)
    await service.lock(work, row)
    sides = await service.load(work, row)
    if actor.id not in (row.seller_id, row.buyer_id) or step.actor_id == actor.id:
        raise Unheard("it is not theirs to refuse")
    if step.refusal is not None:
        return True
    known = [service.taken(other) for other in sides.standing]
    theirs = sides.role_of(actor)
    if any(step.activity_uri in history.known_to(other, known) for other in known if other.role == theirs):
        raise Unheard("they have answered it")
    before = row.state
    step.refusal = reason[:300]
    service.settle(sides, sides.outcome())
    await service.move_stock(work, sides, before)
    if step.verb == "accept" and row.state in machine.TALKING:
        row.agreement_uri = None
    row.changed_at = work.now
    await work.session.flush()
    await telling.tell_refused(work, row, step, actor, sides.other(actor))
    return True


# inside


def _thread(uri: str) -> str:
    return outbox.STEPS + uri


async def _whose(work: Reading, actor: Actor, said: Activity) -> tuple[Actor, str] | None:
    """Who of ours it was for, and the deal's id; by the deal, or by the listing of ours with which it should begin."""
    inner = embedded(said.document, "object") or {}
    about = [uri for uri in (said.context, one_id(inner, "context"), as_uri(inner) or said.object_id) if uri]
    row = await work.session.scalar(sa.select(Deal).where(sa.or_(Deal.uri.in_(about), Deal.agreement_uri.in_(about))))
    if row is not None:
        if actor.id not in (row.seller_id, row.buyer_id):
            return None
        other_id = row.buyer_id if row.seller_id == actor.id else row.seller_id
        return await _here(work, other_id), row.uri
    wanted = one_id(embedded(inner, "stipulates") or {}, "satisfies") or ""
    post = await work.session.scalar(
        sa.select(Post)
        .join(Listing, Listing.post_id == Post.id)
        .where(
            Post.is_local,
            sa.or_(Listing.proposal_uri == wanted.rpartition("#")[0], Post.uri == (one_id(inner, "inReplyTo") or "")),
        )
        .limit(1)
    )
    if post is None or not (post.visibility == "public" or await can_read(work, actor.id, post.id)):
        return None
    return await _here(work, post.author_id), said.context or ""


async def _here(work: Reading, actor_id: int) -> Actor:
    return await work.session.get_one(Actor, actor_id)


async def _said_much(work: Reading, ours: Actor) -> bool:
    chosen = sa.select(sa.func.count()).where(
        Said.actor_id == ours.id,
        Said.is_public.is_(False),
        Said.id >= first_id(work.now - _HOUR),
        Said.type == "Reject",
        Said.object_uri.startswith(outbox.STEPS),
    )
    return (await work.session.scalar(chosen) or 0) >= AN_HOUR
