"""Who is told of a step: the other side, open pages of both, and the association's own programs, without names."""

from node.actors.model import Actor
from node.deals import machine
from node.deals.model import Deal, DealStep
from node.listings.model import Listing
from node.notifications import service as notifications
from node.posts.model import Post
from node.webhooks import service as webhooks
from node.work import Writing

TOPIC = "deals"
"""What open pages listen to."""

KINDS = {
    "ask": "deal_asked",
    "quote": "deal_quoted",
    "agree": "deal_agreed",
    "accept": "deal_agreed",
    "decline": "deal_declined",
    "withdraw": "deal_over",
    "invoice_deposit": "deal_paper",
    "invoice": "deal_paper",
    "credit": "deal_paper",
    "claim_paid": "deal_paid",
    "confirm_paid": "deal_paid",
    "refund": "deal_paid",
    "deliver": "deal_delivered",
    "receive": "deal_delivered",
    "receipt": "deal_done",
    "cancel": "deal_over",
    "dispute": "deal_disputed",
    "settle": "deal_disputed",
}
"""What the other side is told of each verb."""
_EVENTS = {"quote": "deal.quoted", "accept": "deal.agreed", "receipt": "deal.completed"}
_FIRST_CONTACT = frozenset({"ask", "quote"})


async def tell(work: Writing, row: Deal, step: DealStep, actor: Actor, other: Actor) -> None:
    """A step was taken, here or elsewhere."""
    for side in (actor, other):
        account_id = await notifications.account_of(work, side.id) if side.is_local else None
        if account_id is None:
            continue
        work.tell(account_id, TOPIC)
        if side.id == other.id and not step.is_crossed:
            await notifications.notify(
                work,
                account_id,
                KINDS[step.verb],
                f"deal:{row.id}:{step.id}",
                actor_id=actor.id,
                subject_id=row.id,
                visible_at=await notifications.heard_at(work, other.id, actor.id)
                if step.verb in _FIRST_CONTACT
                else None,
            )
    if step.verb in _EVENTS and not step.is_crossed:
        await _tell_programs(work, row, _EVENTS[step.verb])


async def tell_refused(work: Writing, row: Deal, step: DealStep, by: Actor, ours: Actor) -> None:
    """A step of ours was not taken where the other side lives."""
    account_id = await notifications.account_of(work, ours.id)
    if account_id is None:
        return
    work.tell(account_id, TOPIC)
    await notifications.notify(
        work, account_id, "deal_not_taken", f"deal:{row.id}:{step.id}:refused", actor_id=by.id, subject_id=row.id
    )


async def _tell_programs(work: Writing, row: Deal, event: str) -> None:
    """That it happened, and about which listing if everybody may read that: a deal is nobody's business but theirs."""
    post = await work.session.get(Post, row.listing_id) if row.listing_id is not None else None
    listing = await work.session.get(Listing, row.listing_id) if post is not None else None
    is_open = post is not None and listing is not None and post.visibility == "public" and post.deleted_at is None
    await webhooks.tell(
        work,
        event,
        id=str(row.id),
        state=row.state,
        listing=post.uri if is_open and post is not None else None,
        began_in_talk=row.born_of_id is not None,
        is_over=row.state in machine.OVER,
    )
