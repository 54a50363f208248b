"""What pages and apps ask about deals. Whoever is not one of the two sides finds nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.access import can_read
from node.actors.model import Actor
from node.deals import history, machine, service, terms, wire
from node.deals.machine import Role
from node.deals.model import Deal, DealStep
from node.deals.terms import Terms
from node.errors import NotFound
from node.faces import Face, faces
from node.listings.model import Listing
from node.outbox.model import LOST, Activity, Delivery
from node.posts.model import Post
from node.work import Reading
from schemas.values import Document, embedded, parse

PAGE = 30
_USUAL = timedelta(minutes=2)
"""By then a step has arrived elsewhere, unless something is wrong there."""


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal in a list."""

    id: int
    title: str
    role: Role
    """The viewer's side."""
    other: Face
    state: str
    total: int
    """In minor units."""
    currency: str | None
    waits_for_me: bool
    """The last word was the other side's, and something is to be answered."""
    changed_at: datetime
    listing_id: int | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step. ``words`` are plain text, amounts in minor units."""

    id: int
    verb: str
    role: Role
    is_mine: bool
    by: Face
    at: datetime
    words: str
    terms: Terms | None
    terms_hash: str
    amount: int | None
    paper_id: int | None
    is_crossed: bool
    """It came when the deal had gone on meanwhile, and has no effect."""
    uri: str
    """The id of its activity, the same on both nodes."""
    is_signed: bool
    """We hold the activity that proves it."""
    refusal: str | None
    """Of a step of ours: the other side's node did not take it, and says this; it has no effect."""
    arrival: str
    """Of a step of ours to somebody elsewhere: "waiting" when it takes longer than usual, "lost" when it is no longer
    tried; else empty."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The post from which it began."""

    id: int
    author: Face
    at: datetime


@dataclass(frozen=True, slots=True)
class DealView:
    """A deal as one of its two sides sees it. Amounts in minor units of the terms' currency."""

    id: int
    uri: str
    agreement_uri: str | None
    title: str
    role: Role
    owner: Role
    """Who put the listing up, and gives the last word."""
    via: str
    me: Face
    other: Face
    listing_id: int | None
    """None too when it can no longer be read."""
    state: str
    terms: Terms | None
    terms_by: Role | None
    terms_hash: str
    differs: bool
    """The terms on the table come to something else than the listing says."""
    money: machine.Deal
    """What was invoiced, claimed, paid, refunded and credited; ``due`` and ``total``."""
    possible: frozenset[str]
    """What the viewer may do now; ``agree`` stands for the owner's ``accept`` too."""
    is_other_gone: bool
    """They left, and answer nothing any more."""
    steps: tuple[StepView, ...]
    """In the order on which both nodes agree."""
    papers: tuple[int, ...]
    """Keys of its documents, oldest first."""
    born_of: Origin | None
    created_at: datetime
    changed_at: datetime
    agreed_at: datetime | None
    delivered_at: datetime | None
    received_at: datetime | None
    completed_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Nothing more has to happen; money may still go back."""
        return self.state in machine.OVER

    @property
    def is_seller(self) -> bool:
        return self.role == machine.SELLER


async def mine(
    work: Reading,
    actor_id: int,
    *,
    states: Sequence[str] = (),
    role: Role | None = None,
    before: datetime | None = None,
    limit: int = PAGE,
) -> list[DealLine]:
    """Somebody's deals, the last changed first; ``before`` is ``changed_at`` of the last one seen."""
    sides = [column for name, column in ((machine.SELLER, Deal.seller_id), (machine.BUYER, Deal.buyer_id))
             if role in (None, name)]  # fmt: skip
    chosen = sa.select(Deal).where(sa.or_(*(column == actor_id for column in sides)))
    if states:
        chosen = chosen.where(Deal.state.in_(list(states)))
    if before is not None:
        chosen = chosen.where(Deal.changed_at < before)
    rows = (await work.session.scalars(chosen.order_by(Deal.changed_at.desc(), Deal.id.desc()).limit(limit))).all()
    return await _lines(work, actor_id, rows)


async def between(work: Reading, a: int, b: int, *, only_completed: bool = False) -> list[DealLine]:
    """The deals of these two, newest first, as ``a`` sees them."""
    chosen = sa.select(Deal).where(
        sa.or_(sa.and_(Deal.seller_id == a, Deal.buyer_id == b), sa.and_(Deal.seller_id == b, Deal.buyer_id == a))
    )
    if only_completed:
        chosen = chosen.where(Deal.state == machine.COMPLETED)
    rows = (await work.session.scalars(chosen.order_by(Deal.id.desc()).limit(PAGE))).all()
    return await _lines(work, a, rows)


async def about_listing(work: Reading, viewer_id: int, listing_id: int) -> list[DealLine]:
    """The viewer's deals about a listing, newest first."""
    rows = await work.session.scalars(
        sa.select(Deal)
        .where(Deal.listing_id == listing_id, sa.or_(Deal.seller_id == viewer_id, Deal.buyer_id == viewer_id))
        .order_by(Deal.id.desc())
        .limit(PAGE)
    )
    return await _lines(work, viewer_id, rows.all())


async def one(work: Reading, viewer_actor_id: int, deal_id: int) -> DealView:
    """One deal. Raises NotFound for anybody but its two sides."""
    row = await work.session.get(Deal, deal_id)
    if row is None or viewer_actor_id not in (row.seller_id, row.buyer_id):
        raise NotFound
    sides = await service.load(work, row)
    outcome = sides.outcome()
    role: Role = machine.SELLER if row.seller_id == viewer_actor_id else machine.BUYER
    origin = await _origin(work, viewer_actor_id, row.born_of_id)
    people = await faces(work, [row.seller_id, row.buyer_id, *([origin.author_id] if origin else [])])
    steps = in_order(sides, outcome)
    arrivals = await _arrivals(work, [step.activity_uri for step in steps if step.actor_id == viewer_actor_id])
    can_open = row.listing_id is not None and await can_read(work, viewer_actor_id, row.listing_id)
    return DealView(
        id=row.id,
        uri=row.uri,
        agreement_uri=row.agreement_uri,
        title=row.title,
        role=role,
        owner=sides.owner_role,
        via=row.via,
        me=people[viewer_actor_id],
        other=people[row.buyer_id if role == machine.SELLER else row.seller_id],
        listing_id=row.listing_id if can_open else None,
        state=row.state,
        terms=outcome.deal.terms,
        terms_by=outcome.deal.terms_by,
        terms_hash=row.terms_hash,
        differs=differs(outcome.deal.terms, sides.listing),
        money=outcome.deal,
        possible=_possible(outcome, role, sides, work.now),
        is_other_gone=sides.other(sides.seller if role == machine.SELLER else sides.buyer).gone_at is not None,
        steps=tuple(_view(step, viewer_actor_id, people, arrivals.get(step.activity_uri, "")) for step in steps),
        papers=tuple(step.paper_id for step in steps if step.paper_id),
        born_of=Origin(origin.id, people[origin.author_id], origin.published_at) if origin else None,
        created_at=row.created_at,
        changed_at=row.changed_at,
        agreed_at=row.agreed_at,
        delivered_at=row.delivered_at,
        received_at=row.received_at,
        completed_at=row.completed_at,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """A step with what proves it: the activity in the bytes that were signed."""

    uri: str
    verb: str
    by: str
    at: datetime
    body: str
    signature: Mapping[str, Any] | None
    """The request's headers that were signed, and the signature; None for our own, which carry a proof inside."""
    refusal: str | None
    """Of a step of ours that the other side's node did not take: why."""


async def evidence(work: Reading, viewer_actor_id: int, deal_id: int) -> list[Evidence]:
    """All that proves a deal, for its two sides. Raises NotFound."""
    row = await work.session.get(Deal, deal_id)
    if row is None or viewer_actor_id not in (row.seller_id, row.buyer_id):
        raise NotFound
    sides = await service.load(work, row)
    return [
        Evidence(
            step.activity_uri,
            step.verb,
            (sides.seller if step.role == machine.SELLER else sides.buyer).uri,
            step.at,
            step.body,
            step.signature,
            step.refusal,
        )
        for step in in_order(sides, sides.outcome())
    ]


def differs(agreed: Terms | None, listing: Listing | None) -> bool:
    """True when the terms do not come to the listing's own price for so many, where it has one."""
    if agreed is None or listing is None or listing.price is None or listing.currency is None:
        return False
    if agreed.currency != listing.currency:
        return True
    rate = listing.tax_rate if listing.tax_rate is not None else agreed.lines[0].tax_rate
    usual = terms.of_lines(
        listing.currency, [terms.Line(listing.title[:200], agreed.quantity, listing.price, rate, listing.unit)]
    )
    return usual.total != agreed.total


def _possible(outcome: history.Outcome, role: Role, sides: service.Sides, now: datetime) -> frozenset[str]:
    verbs = machine.possible(outcome.deal, role, now)
    if "accept" in verbs and outcome.deal.state == machine.QUOTED:
        verbs = verbs | {"agree"}
    if outcome.deal.state == machine.ASKED and sides.standing:
        # Before there are terms, who began takes it back, and the other says no.
        verbs = verbs - {"decline" if sides.standing[0].role == role else "withdraw"}
    other = sides.other(sides.seller if role == machine.SELLER else sides.buyer)
    return verbs - {"accept"} - (service.WITH_REACH if other.gone_at is not None else frozenset())


async def _origin(work: Reading, viewer_id: int, post_id: int | None) -> Post | None:
    if post_id is None or not await can_read(work, viewer_id, post_id):
        return None
    return await work.session.get(Post, post_id)


def in_order(sides: service.Sides, outcome: history.Outcome) -> list[DealStep]:
    """All steps as both sides have them; one of ours that was not taken there stands after what it followed."""
    places = {uri: float(place) for place, uri in enumerate(outcome.order)}
    for step in sides.steps:
        if step.refusal is not None:
            places[step.activity_uri] = max((places.get(uri, -1) for uri in step.after), default=-1) + 0.001
    return sorted(sides.steps, key=lambda step: (places.get(step.activity_uri, 0), step.id))


async def _arrivals(work: Reading, uris: Sequence[str]) -> dict[str, str]:
    """Which of these have not arrived: "waiting" when it takes longer than usual, or "lost"."""
    rows = await work.session.execute(
        sa.select(Activity.uri, Delivery.state)
        .join(Delivery, Delivery.activity_id == Activity.id)
        .where(
            Activity.uri.in_(uris),
            sa.or_(sa.text(LOST), sa.and_(Delivery.state == "waiting", Delivery.created_at < work.now - _USUAL)),
        )
    )
    return {row.uri: "waiting" if row.state == "waiting" else "lost" for row in rows}


def _view(step: DealStep, viewer_id: int, people: Mapping[int, Face], arrival: str) -> StepView:
    return StepView(
        id=step.id,
        verb=step.verb,
        role=machine.SELLER if step.role == machine.SELLER else machine.BUYER,
        is_mine=step.actor_id == viewer_id,
        by=people[step.actor_id],
        at=step.at,
        words=step.words,
        terms=service.terms_of(step),
        terms_hash=step.terms_hash,
        amount=step.amount,
        paper_id=step.paper_id or None,
        is_crossed=step.is_crossed,
        uri=step.activity_uri,
        is_signed=bool(step.body),
        refusal=step.refusal,
        arrival=arrival,
    )


async def _lines(work: Reading, viewer_id: int, rows: Sequence[Deal]) -> list[DealLine]:
    others = {row.id: row.buyer_id if row.seller_id == viewer_id else row.seller_id for row in rows}
    people = await faces(work, others.values())
    last = await _last_by(work, [row.id for row in rows])
    return [
        DealLine(
            id=row.id,
            title=row.title,
            role=machine.SELLER if row.seller_id == viewer_id else machine.BUYER,
            other=people[others[row.id]],
            state=row.state,
            total=row.total,
            currency=row.currency,
            waits_for_me=row.state in (*machine.TALKING, machine.AGREED) and last.get(row.id) == others[row.id],
            changed_at=row.changed_at,
            listing_id=row.listing_id,
            completed_at=row.completed_at,
        )
        for row in rows
    ]


async def _last_by(work: Reading, deal_ids: Sequence[int]) -> dict[int, int]:
    """Who took the last step of each deal."""
    if not deal_ids:
        return {}
    newest = sa.select(sa.func.max(DealStep.id)).where(DealStep.deal_id.in_(list(deal_ids))).group_by(DealStep.deal_id)
    rows = await work.session.execute(sa.select(DealStep.deal_id, DealStep.actor_id).where(DealStep.id.in_(newest)))
    return {row.deal_id: row.actor_id for row in rows}


async def is_for(work: Reading, row: Deal, reader_id: int) -> bool:
    """True for one of the two sides, and for the program that one of them lives in."""
    if reader_id in (row.seller_id, row.buyer_id):
        return True
    program = aliased(Actor)
    found = (
        sa.select(Actor.id)
        .join(program, program.host == Actor.host)
        .where(
            program.id == reader_id,
            program.kind.in_(("application", "service")),
            ~program.is_local,
            Actor.id.in_((row.seller_id, row.buyer_id)),
        )
        .limit(1)
    )
    return await work.session.scalar(found) is not None


async def agreement(work: Reading, row: Deal) -> Document:
    """The Agreement of a deal as it stands now."""
    sides = await service.load(work, row)
    outcome = sides.outcome()
    owner, other = sides.owner, sides.other(sides.owner)
    said = wire.Move(
        "accept",
        owner.uri,
        owner.handle,
        other.uri,
        other.handle,
        row.changed_at,
        terms=outcome.deal.terms,
        seal=row.terms_hash,
        deal=outcome.deal,
    )
    return wire.agreement(await service.bond_of(work, sides), said, is_made=True).write()


async def is_step_for(work: Reading, activity_uri: str, reader_id: int) -> bool:
    """The same for one step, by the id of its activity."""
    row = await work.session.scalar(
        sa.select(Deal).join(DealStep, DealStep.deal_id == Deal.id).where(DealStep.activity_uri == activity_uri)
    )
    return row is not None and await is_for(work, row, reader_id)


async def note(work: Reading, step_id: int, reader_id: int) -> Document | None:
    """The Note in a step of ours, for the two sides and the program of whom it is for."""
    step = await work.session.get(DealStep, step_id)
    row = await work.session.get(Deal, step.deal_id) if step is not None else None
    if step is None or row is None or not step.body or not await is_for(work, row, reader_id):
        return None
    said = embedded(parse(step.body.encode()), "object")
    if said is None or said.get("id") != work.uris.object(step_id):
        return None
    return said
