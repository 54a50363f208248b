"""Deals: begun, and taken on step by step, each step written down and said in one signed activity.

Here is what both sides have in common, whoever took the step and wherever; what others send comes in through
node.deals.hearing. The rules are in node.deals.machine, the order of steps in node.deals.history.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.deals import history, machine, telling, terms, wire
from node.deals.history import Outcome, Taken
from node.deals.machine import Role
from node.deals.model import Deal, DealStep
from node.deals.terms import Terms
from node.errands import service as errands
from node.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from node.ids import first_id, new_id
from node.listings import service as listings
from node.listings import stock
from node.listings import wire as listing_wire
from node.listings.model import Listing
from node.moderation.queries import require_reach
from node.outbox import service as outbox
from node.outbox.service import Audience
from node.papers import letterheads
from node.papers import service as papers
from node.papers import wire as paper_wire
from node.papers.model import Paper
from node.peers import dialects
from node.peers.model import Peer
from node.posts.model import Post
from node.posts.parts import require_voice
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.proposal import Proposal
from schemas.values import Document
from schemas.vocabulary import FEP_0837, NETWORK

SEAL = "seal"
"""The errand that has a step of ours carry its author's proof."""
A_DAY = 50
"""New deals that one of ours may begin."""
_DAY = timedelta(days=1)
_HOLDING = (machine.AGREED, machine.COMPLETED)
"""Where what was agreed is kept for the buyer, or gone to them."""
WITH_REACH = frozenset({"ask", "quote", "agree", "accept"})
"""What concerns somebody who may not wish it, or is no longer there; the others are needed to come to an end."""


@dataclass(frozen=True, slots=True)
class Sides:
    """A deal with everybody and everything that its steps need."""

    row: Deal
    seller: Actor
    buyer: Actor
    post: Post | None
    listing: Listing | None
    steps: list[DealStep]

    @property
    def owner(self) -> Actor:
        return self.seller if self.row.owner == machine.SELLER else self.buyer

    @property
    def owner_role(self) -> Role:
        return _role(self.row.owner)

    def role_of(self, actor: Actor) -> Role:
        """Raises NotFound for anybody else: to them there is nothing."""
        if actor.id not in (self.seller.id, self.buyer.id):
            raise NotFound
        return machine.SELLER if actor.id == self.seller.id else machine.BUYER

    def other(self, actor: Actor) -> Actor:
        return self.buyer if actor.id == self.seller.id else self.seller

    @property
    def standing(self) -> list[DealStep]:
        """The steps that both sides hold: all but those that the other one's node did not take."""
        return [step for step in self.steps if step.refusal is None]

    @property
    def seller_is_plain(self) -> bool:
        return self.row.via == "plain" and not self.seller.is_local

    def outcome(self, *more: Taken) -> Outcome:
        """Where it stands after all that is known, and these."""
        return history.replay(
            self.owner_role, [*map(taken, self.standing), *more], seller_is_plain=self.seller_is_plain
        )  # fmt: skip


# what members do


async def begin(
    work: Writing,
    actor: Actor,
    listing_id: int,
    *,
    words: str = "",
    terms: Terms | None = None,
    key: str = "",
    with_id: int | None = None,
    born_of_id: int | None = None,
) -> Deal:
    """Ask about a listing (``words``) or make an offer on it (``terms``). ``key`` pressed twice begins once.

    While the two still talk about this listing it goes on in the same deal. ``with_id``: the listing is one's own, and
    this is whom it is for. Raises Invalid (``words``, ``terms`` …), NotFound, Gone, Conflict, Forbidden, TooMany.
    """
    require_voice(actor)
    post, listing = await listing_for(work, actor.id, listing_id)
    known = await _pressed(work, actor.id, key)
    if known is not None:
        return known
    other_id = post.author_id if post.author_id != actor.id else with_id
    other = await work.session.get(Actor, other_id) if other_id is not None else None
    if other is None or other.id == actor.id:
        raise Invalid(message=N_("This is your own. Choose with whom you would like to deal."))
    verb = "quote" if terms is not None else "ask"
    going_on = await talking(work, listing_id, actor.id, other.id)
    if going_on is not None:
        await lock(work, going_on)
        sides = await load(work, going_on)
        await _take(work, sides, actor, verb, words=words, terms=terms, key=key)
        return going_on
    if not is_open(listing, work.now):
        raise Conflict(N_("This is no longer to be had."))
    await _require_measure(work, actor)
    row = await found(work, post, listing, actor if post.author_id == actor.id else other,
                      other if post.author_id == actor.id else actor, born_of_id=born_of_id)  # fmt: skip
    await _take(work, await load(work, row), actor, verb, words=words, terms=terms, key=key)
    return row


async def take(
    work: Writing,
    actor: Actor,
    deal_id: int,
    verb: str,
    *,
    words: str = "",
    terms: Terms | None = None,
    amount: int | None = None,
    key: str = "",
) -> Deal:
    """Take a step (node.deals.machine.VERBS). ``agree`` is a yes of either side: of the owner it makes the agreement.

    ``terms`` are those offered; with a yes they may be given too, and are compared. ``amount`` in minor units.
    Also for somebody without a node, who acts on a page of ours. Raises NotNow, Invalid, Forbidden, NotFound, TooMany.
    """
    row = await _find(work, actor, deal_id)
    await lock(work, row)
    known = await _pressed(work, actor.id, key)
    if known is not None:
        return known
    sides = await load(work, row)
    if not actor.is_local and row.via != "message":
        raise Forbidden(N_("They act from their own place."))
    await _take(work, sides, actor, verb, words=words, terms=terms, amount=amount, key=key)
    return row


# what hearing and the pages share


async def listing_for(work: Writing, viewer_id: int, listing_id: int) -> tuple[Post, Listing]:
    """The listing, if this viewer may read it; nobody else changes its stock until this unit ends."""
    if not await can_read(work, viewer_id, listing_id):
        raise NotFound
    listing = await work.session.get(Listing, listing_id, with_for_update=True, populate_existing=True)
    if listing is None:
        raise NotFound
    return await work.session.get_one(Post, listing_id), listing


async def lock(work: Writing, row: Deal) -> None:
    """Nobody else takes a step of this deal until this unit ends. Always the listing first, then the deal."""
    if row.listing_id is not None:
        await work.session.get(Listing, row.listing_id, with_for_update=True, populate_existing=True)
    await work.session.refresh(row, with_for_update=True)


async def talking(work: Reading, listing_id: int, one_id: int, other_id: int) -> Deal | None:
    """The deal of these two about this listing that is not agreed yet."""
    return await work.session.scalar(
        sa.select(Deal)
        .where(
            Deal.listing_id == listing_id,
            Deal.buyer_id.in_((one_id, other_id)),
            Deal.seller_id.in_((one_id, other_id)),
            Deal.state.in_(machine.TALKING),
        )
        .order_by(Deal.id.desc())
        .limit(1)
    )


async def found(
    work: Writing,
    post: Post,
    listing: Listing,
    owner: Actor,
    other: Actor,
    *,
    uri: str = "",
    born_of_id: int | None = None,
) -> Deal:
    """A deal between these two, with no step yet."""
    id = new_id(work.now)
    is_offer = listing.purpose == "offer"
    far = next((actor for actor in (other, owner) if not actor.is_local), None)
    row = Deal(
        id=id,
        uri=uri or work.uris.context(id),
        listing_id=post.id,
        proposal_uri=listing.proposal_uri,
        born_of_id=born_of_id if born_of_id is not None else post.born_of_id,
        title=listing.title[:200],
        seller_id=owner.id if is_offer else other.id,
        buyer_id=other.id if is_offer else owner.id,
        owner=machine.SELLER if is_offer else machine.BUYER,
        via="deal" if far is None else await way_to(work, far),
        state=machine.ASKED,
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    return row


async def way_to(work: Reading, actor: Actor) -> str:
    """How a deal with somebody of elsewhere goes: ``deal``, ``plain`` or ``message``."""
    if NETWORK in actor.capabilities:
        return "deal"
    software = await work.session.scalar(sa.select(Peer.software).where(Peer.host == actor.host)) or ""
    return "plain" if FEP_0837 in actor.capabilities or dialects.takes(software, dialects.DEAL) else "message"


async def load(work: Reading, row: Deal) -> Sides:
    """The deal with its sides and steps."""
    post = await work.session.get(Post, row.listing_id) if row.listing_id is not None else None
    listing = await work.session.get(Listing, row.listing_id) if row.listing_id is not None else None
    steps = await work.session.scalars(sa.select(DealStep).where(DealStep.deal_id == row.id).order_by(DealStep.id))
    return Sides(
        row,
        await work.session.get_one(Actor, row.seller_id),
        await work.session.get_one(Actor, row.buyer_id),
        post,
        listing,
        list(steps),
    )


def taken(step: DealStep) -> Taken:
    """A stored step as the history knows it."""
    return Taken(
        step.activity_uri,
        step.verb,
        _role(step.role),
        step.at,
        tuple(step.after),
        terms_of(step),
        step.amount,
        step.about,
    )


def terms_of(step: DealStep) -> Terms | None:
    """The terms in a stored step."""
    return _read_once(_Stored(step.terms_hash, step.terms)) if step.terms is not None else None


@dataclass(frozen=True, slots=True)
class _Stored:
    """Terms as they were checked and kept; their hash tells them apart."""

    seal: str
    document: dict[str, Any] = field(compare=False)


@lru_cache(maxsize=512)
def _read_once(of: _Stored) -> Terms:
    # A deal is worked out anew at each step: three hundred offers of fifty lines would hold up everybody for seconds.
    return terms.read(of.document)


def seal_of(sides: Sides, agreed: Terms) -> str:
    """The hash of these terms between these two about this listing."""
    row = sides.row
    return terms.seal(agreed, seller=sides.seller.uri, buyer=sides.buyer.uri, proposal=row.proposal_uri)


async def bond_of(work: Reading, sides: Sides, *, agreement: str = "") -> wire.Bond:
    """What all its activities have in common."""
    proposal = None
    if sides.post is not None and sides.listing is not None:
        if sides.post.is_local:
            proposal = listing_wire.proposal(sides.post, sides.listing, sides.owner)
        elif sides.post.document is not None:
            proposal = Proposal.find(sides.post.document)
    if proposal is None or proposal.id != sides.row.proposal_uri:
        base = proposal or Proposal(None, "offer", sides.owner.uri)
        proposal = replace(base, id=sides.row.proposal_uri)
    return wire.Bond(
        context=sides.row.uri,
        agreement=agreement or sides.row.agreement_uri or "",
        owner_uri=sides.owner.uri,
        is_plain=sides.row.via == "plain",
        proposal=proposal,
        carrier_uri=sides.post.uri if sides.post is not None else "",
    )


def settle(sides: Sides, outcome: Outcome) -> None:
    """Write down where the deal stands."""
    row, deal = sides.row, outcome.deal
    row.state, row.terms_by, row.disputed_by = deal.state, deal.terms_by, deal.disputed_by
    row.terms = deal.terms.document() if deal.terms is not None else None
    row.terms_hash = seal_of(sides, deal.terms) if deal.terms is not None else ""
    row.currency, row.total = (deal.terms.currency, deal.total) if deal.terms is not None else (None, 0)
    row.claimed, row.paid, row.refunded, row.credited = deal.claimed, deal.paid, deal.refunded, deal.credited
    row.deposit_invoiced, row.invoiced = deal.deposit_invoiced, deal.invoiced
    times = outcome.times
    row.delivered_at = times.get("deliver") or (times.get("receipt") if deal.is_delivered else None)
    row.received_at = times.get("receive")
    row.agreed_at, row.completed_at = times.get("accept"), times.get("receipt")
    row.offer_uri = outcome.offer or None
    row.head_uri = outcome.order[-1] if outcome.order else ""
    for step in sides.standing:
        step.is_crossed = step.activity_uri in outcome.crossed


async def move_stock(work: Writing, sides: Sides, before: str) -> bool:
    """Take from the stock what was agreed just now, or give back what was cancelled. False when there is not enough.

    Only where the listing lives here: whoever put it up counts. A step that was not taken by the other side may lead
    back: from agreed to the talk before, from cancelled to agreed.
    """
    row = sides.row
    if not sides.owner.is_local or sides.listing is None or before == row.state:
        return True
    has_changed = False
    if row.state == machine.AGREED and before not in _HOLDING and row.terms is not None:
        agreed = terms.read(row.terms)
        gone = await stock.take(work, sides.listing.post_id, agreed.quantity, _named(agreed))
        if gone is None:
            return False
        row.stock_taken, has_changed = gone, gone > 0
    elif row.state not in _HOLDING and row.stock_taken:
        named = _named(terms.read(row.terms)) if row.terms is not None else None
        has_changed = await stock.give_back(work, sides.listing.post_id, row.stock_taken, named)
        row.stock_taken = Decimal(0)
    if has_changed and sides.post is not None and sides.post.deleted_at is None:
        await listings.say_again(work, sides.owner, sides.post, sides.listing)
    return True


def _named(agreed: terms.Terms) -> dict[str, Decimal]:
    """How much of each line."""
    found: dict[str, Decimal] = {}
    for line in agreed.lines:
        found[line.name] = found.get(line.name, Decimal(0)) + line.quantity
    return found


def not_enough(listing: Listing | None) -> machine.NotNow:
    """Somebody was faster."""
    if listing is None or not listing.quantity:
        return machine.NotNow(N_("Nothing is left of it: others were faster."))
    left = format(terms.plain(listing.quantity), "f")
    return machine.NotNow(Message(N_("Only %(number)s are left: others were faster."), {"number": left}))


async def answer(work: Writing, sides: Sides) -> None:
    """The owner's node answers a yes to its owner's own terms by itself: with the agreement, or why not."""
    row, owner = sides.row, sides.owner
    if row.state != machine.ORDERED or not owner.is_local or owner.gone_at is not None:
        return
    agreed = terms.read(row.terms or {})
    if agreed.valid_until is not None and work.now > agreed.valid_until:
        await _take(work, sides, owner, "decline", words="These terms have run out. Ask for new ones, please.")
        return
    if sides.listing is not None and not await stock.has(work, sides.listing, agreed.quantity, _named(agreed)):
        await _take(
            work, sides, owner, "decline", words="Others were faster, and there is not enough left. I am sorry."
        )
        return
    if sides.listing is not None and sides.listing.state in ("sold", "withdrawn"):
        await _take(work, sides, owner, "decline", words="This is no longer to be had. I am sorry.")
        return
    await _take(work, sides, owner, "accept")


def is_open(listing: Listing, now: datetime) -> bool:
    """Whether one can begin a deal about it, even before the housekeeping came by."""
    return listing.state == "open" and (listing.expires_at is None or listing.expires_at > now)


async def is_too_late(work: Writing, sides: Sides) -> bool:
    """Who begins a deal about what is no longer to be had here is told so at once. True when it was so."""
    if sides.listing is None or is_open(sides.listing, work.now) or not sides.owner.is_local:
        return False
    await _take(work, sides, sides.owner, "decline", words="This is no longer to be had. I am sorry.")
    return True


# inside


async def _take(
    work: Writing,
    sides: Sides,
    actor: Actor,
    verb: str,
    *,
    words: str = "",
    terms: Terms | None = None,
    amount: int | None = None,
    key: str = "",
) -> None:
    row, role, other = sides.row, sides.role_of(actor), sides.other(actor)
    if verb == "agree" and role == row.owner:
        verb = "accept"
    words = _check_words(words, verb, terms)
    terms = _check_terms(terms)
    if len(sides.steps) >= history.LONGEST:
        raise TooMany(N_("This deal has become too long to go on."))
    if verb in WITH_REACH:
        near = actor if actor.is_local else other
        await require_reach(work, near, actor if near is other else other)
        if other.gone_at is not None:
            raise Conflict(Message(N_("%(name)s is no longer there."), {"name": other.name or other.username}))
    before = sides.outcome()
    if verb == "quote" and (role, terms, words) == (before.deal.terms_by, before.deal.terms, ""):
        return  # the same again, pressed on another page
    agreed = terms if verb == "quote" else before.deal.terms if verb in ("agree", "accept") else None
    if verb in wire.WITH_AMOUNT and amount is None:
        amount = _usual(before.deal, verb)
    about = before.offer if verb != "ask" else ""
    said = Taken("", verb, role, work.now.replace(microsecond=0), before.heads, terms or agreed, amount, about)
    machine.advance(before.deal, machine.Step(verb, role, terms or agreed, amount), said.at)
    outcome = sides.outcome(said)
    state = row.state
    settle(sides, outcome)
    if not await move_stock(work, sides, state):
        row.state = state
        raise not_enough(sides.listing)
    if verb == "accept" and row.agreement_uri is None and sides.owner.is_local:
        row.agreement_uri = work.uris.agreement(row.id)
    paper = await _paper(work, sides, verb, amount)
    step = await _say(work, sides, actor, replace(said, terms=agreed), outcome, words, key, paper)
    sides.steps.append(step)
    settle(sides, sides.outcome())
    row.changed_at = work.now
    await work.session.flush()
    await telling.tell(work, row, step, actor, other)
    if row.via == "message" and actor.is_local:
        await import_module("node.deals.messages").tell(work, row, step)  # which calls this module
    await answer(work, sides)


async def _say(
    work: Writing,
    sides: Sides,
    actor: Actor,
    said: Taken,
    outcome: Outcome,
    words: str,
    key: str,
    paper: Paper | None,
) -> DealStep:
    """Say the step in a signed activity and write it down; who has no node is told otherwise."""
    row, other, id = sides.row, sides.other(actor), new_id(work.now)
    uri, body = f"{work.uris.base}/deals/{row.id}#{id}", ""
    if actor.is_local:
        bond = await bond_of(work, sides)
        document = wire.activity(
            bond,
            wire.Move(
                verb=said.verb,
                actor_uri=actor.uri,
                actor_handle=actor.handle,
                to_uri=other.uri,
                to_handle=other.handle,
                to_page=other.url,
                at=said.at,
                after=said.after,
                words=words,
                terms=said.terms or outcome.deal.terms,
                seal=seal_of(sides, said.terms) if said.terms is not None else row.terms_hash,
                amount=said.amount,
                about=said.about or _question(sides, actor, said.verb),
                object_uri=work.uris.object(id),
                document=paper_wire.document(paper, row) if paper is not None else None,
                deal=outcome.deal,
                party=await _party(work, sides, actor, said),
            ),
        )
        is_sent = row.via == "deal" or (row.via == "plain" and _is_for_plain(said.verb, bool(row.terms)))
        audience, thread = Audience(actors=[other.id] if is_sent else []), f"{outbox.STEPS}{row.id}"
        await outbox.try_again(work, thread)
        published = await outbox.publish(work, actor, document, audience, thread=thread)
        uri, body = published.uri, published.document
    step = DealStep(
        id=id,
        deal_id=row.id,
        verb=said.verb,
        role=said.role,
        actor_id=actor.id,
        activity_uri=uri,
        after=list(said.after),
        about=said.about,
        key=key[:64] or None,
        words=words,
        terms=said.terms.document() if said.terms is not None else None,
        terms_hash=seal_of(sides, said.terms) if said.terms is not None else "",
        amount=said.amount,
        paper_id=paper.id if paper is not None else None,
        body=body,
        at=said.at,
    )
    work.session.add(step)
    await work.session.flush()
    if body:
        await errands.ask(work, SEAL, str(step.id))
    return step


async def _party(work: Reading, sides: Sides, actor: Actor, said: Taken) -> Document | None:
    """What the other side needs for invoices: told with an order or a yes, and to a node that knows what it is for."""
    if sides.row.via != "deal" or not (
        said.verb in ("agree", "accept") or (said.verb, said.role) == ("quote", "buyer")
    ):
        return None
    return await letterheads.own_document(work, actor.id)


def _is_for_plain(verb: str, has_terms: bool) -> bool:
    """What a program that knows FEP-0837 alone has a word for, or can show as a note."""
    return verb not in ("decline", "withdraw") or has_terms


def _question(sides: Sides, actor: Actor, verb: str) -> str:
    """What is declined or taken back before there is any Offer: the question itself."""
    if verb not in ("decline", "withdraw"):
        return ""
    asked = [
        step for step in sides.standing if step.verb == "ask" and (step.actor_id == actor.id) == (verb == "withdraw")
    ]
    return asked[-1].activity_uri if asked else sides.row.uri


async def _paper(work: Writing, sides: Sides, verb: str, amount: int | None) -> Paper | None:
    """Number and keep the document of this step; only a seller of ours has a series here."""
    kind = wire.PAPERS.get(verb)
    if kind is None or not sides.seller.is_local:
        return None
    # What crossed or was not taken had no effect, but its paper is out: the same one is said again.
    without_effect = {
        step.paper_id
        for step in sides.steps
        if (step.is_crossed or step.refusal is not None) and step.paper_id is not None
    }
    for paper in await papers.of_deal(work, sides.row.id) if without_effect else ():
        if paper.id in without_effect and paper.kind == kind and kind != "credit":
            return paper
    return await papers.issue(work, sides.row, kind, amount=amount)


async def _find(work: Reading, actor: Actor, deal_id: int) -> Deal:
    row = await work.session.get(Deal, deal_id)
    if row is None or actor.id not in (row.seller_id, row.buyer_id):
        raise NotFound
    return row


async def _pressed(work: Reading, actor_id: int, key: str) -> Deal | None:
    """The deal in which this form was pressed already."""
    if not key:
        return None
    return await work.session.scalar(
        sa.select(Deal)
        .join(DealStep, DealStep.deal_id == Deal.id)
        .where(DealStep.actor_id == actor_id, DealStep.key == key[:64])
    )


async def _require_measure(work: Reading, actor: Actor) -> None:
    begun = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(Deal)
        .where(
            sa.or_(Deal.seller_id == actor.id, Deal.buyer_id == actor.id), Deal.id >= first_id(work.now - _DAY)
        )
    )  # fmt: skip
    if (begun or 0) >= A_DAY:
        raise TooMany(retry_at=work.now + _DAY)


def _check_words(words: str, verb: str, terms: Terms | None) -> str:
    words = words.strip().replace("\r\n", "\n")
    if len(words) > wire.WORDS:
        raise Invalid({"words": Message(N_("Please keep it below %(limit)d characters."), {"limit": wire.WORDS})})
    if verb == "ask" and not words:
        raise Invalid({"words": N_("Write what you would like to know.")})
    if verb == "dispute" and not words:
        raise Invalid({"words": N_("Say what is not right, so that it can be settled.")})
    if verb == "quote" and terms is None:
        raise Invalid({"terms": N_("Say what is offered, and for how much.")})
    return words


def _check_terms(given: Terms | None) -> Terms | None:
    """The terms as they are stored and sent. Raises Invalid."""
    if given is None:
        return None
    terms.check(given)
    return terms.read(given.document())


def _usual(deal: machine.Deal, verb: str) -> int | None:
    """What it is about when nobody says an amount: all that is open."""
    if verb == "claim_paid":
        return max((deal.due or deal.total) - max(deal.claimed - deal.paid, 0), 0)
    if verb == "confirm_paid":
        return deal.claimed - deal.paid if deal.claimed > deal.paid else deal.due
    if verb == "refund":
        return deal.paid - deal.refunded
    asked = deal.total if deal.invoiced else deal.terms.deposit_total if deal.deposit_invoiced and deal.terms else 0
    return asked - deal.credited


def _role(name: str) -> Role:
    return machine.SELLER if name == machine.SELLER else machine.BUYER
