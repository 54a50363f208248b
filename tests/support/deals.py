"""What tests of deals need: listings put up, steps taken by members, and what each side sees."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.deals import queries, service
from node.deals.model import Deal, DealStep
from node.deals.queries import DealView
from node.deals.terms import Line, Terms
from node.follows import service as follows
from node.inbox.model import Received
from node.listings import service as listings
from node.listings.model import Listing
from node.listings.service import Draft
from node.money import Money
from support.nodes import Member, RigNode

BASKETS = Draft("offer", "Willow baskets", terms="price", price=Money(1400, "EUR"), quantity=Decimal(100))


def terms(number: int | str = 60, **more: Any) -> Terms:
    """So many baskets at 14.00, 20 per cent of tax, a deposit of 30 per cent."""
    line = Line("Bread baskets", Decimal(number), 1400, Decimal(20))
    return Terms("EUR", (line,), **{"deposit": Decimal(30), **more})


async def put_up(node: RigNode, author: Member, draft: Draft = BASKETS, **values: Any) -> int:
    fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, author.actor_id)
        return (await listings.publish(work, actor, Draft(**(fields | values)))).id


async def begin(node: RigNode, who: Member, listing_id: int, **values: Any) -> int:
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, who.actor_id)
        return (await service.begin(work, actor, listing_id, **values)).id


async def take(node: RigNode, who: Member, deal_id: int, verb: str, **values: Any) -> str:
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, who.actor_id)
        return (await service.take(work, actor, deal_id, verb, **values)).state


async def seen(node: RigNode, who: Member, deal_id: int) -> DealView:
    async with node.reading() as work:
        return await queries.one(work, who.actor_id, deal_id)


async def left(node: RigNode, listing_id: int) -> tuple[Decimal | None, str]:
    async with node.reading() as work:
        listing = await work.session.get_one(Listing, listing_id)
        return listing.quantity, listing.state


async def only_deal(node: RigNode) -> int:
    """The one deal there is."""
    async with node.reading() as work:
        return (await work.session.scalars(sa.select(Deal.id))).one()


async def count(node: RigNode, model: type[Any]) -> int:
    async with node.reading() as work:
        return await work.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


async def make_known(node: RigNode, reader: Member, handle: str) -> None:
    """The reader follows somebody elsewhere, so that what they put up comes here."""
    found = await node.worker.directory.find(handle)
    async with node.writing() as work:
        follower = await work.session.get_one(Actor, reader.actor_id)
        await follows.follow(work, follower, await work.session.get_one(Actor, found.id))
    await node.settle()


async def copy_of(node: RigNode, other: RigNode, listing_id: int) -> int:
    """The key that a listing of another node has here."""
    async with node.reading() as work:
        uri = other.uris.proposal(listing_id)
        return (await work.session.scalars(sa.select(Listing.post_id).where(Listing.proposal_uri == uri))).one()


async def endings(node: RigNode, kind: str = "") -> list[tuple[str, str]]:
    """How what came in ended, oldest first: state and reason."""
    async with node.reading() as work:
        rows = await work.session.execute(
            sa.select(Received.state, Received.reason)
            .where(Received.type == kind if kind else sa.true())
            .order_by(Received.id)
        )
        return [(row.state, row.reason) for row in rows]


async def steps(node: RigNode, deal_id: int) -> list[DealStep]:
    async with node.reading() as work:
        chosen = sa.select(DealStep).where(DealStep.deal_id == deal_id).order_by(DealStep.id)
        return list(await work.session.scalars(chosen))


def shown(view: DealView) -> dict[str, Any]:
    """What both sides must see alike."""
    return {
        "uri": view.uri,
        "agreement": view.agreement_uri,
        "state": view.state,
        "terms": view.terms.document() if view.terms else None,
        "hash": view.terms_hash,
        "money": view.money,
        "steps": [(step.uri, step.verb, step.role, step.at, step.words, step.amount, step.terms_hash, step.is_crossed)
                  for step in view.steps],
    }  # fmt: skip
