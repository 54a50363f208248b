"""Steps of deals that come from elsewhere: whose they are, what they may change, and what is kept as evidence.

Each function says False for what is about no deal. What is not taken changes nothing and raises Unheard (or another
NodeError), whose words are for the list of refused activities. TooEarly: a step before it has not come yet.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Never

import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.deals import history, machine, refusals, service, telling, terms, wire
from node.deals.history import Taken
from node.deals.model import Deal, DealStep
from node.deals.refusals import Unheard
from node.deals.service import Sides
from node.deals.terms import Terms
from node.deals.wire import Heard
from node.errors import NodeError, TooMany
from node.ids import first_id, new_id
from node.listings.model import Listing
from node.moderation.queries import may_reach
from node.money import NO_CURRENCY
from node.papers import letterheads
from node.papers import service as papers
from node.posts.model import Post
from node.words import N_
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.agreement import COUNTER, NOT_TAKEN, Agreement, Commitment, Paper
from schemas.values import Document, embedded, one_id, parse, same_origin, types
from schemas.vocabulary import NETWORK

AN_HOUR = 60
"""New deals that the people of one host may begin in an hour."""
AN_HOUR_EACH = 30
"""New deals that one of them may begin in an hour."""
_HOUR = timedelta(hours=1)
_AHEAD = timedelta(hours=1)
_UNDERWAY = timedelta(days=7)
"""A yes that says it was in time may take so long to arrive; whoever says it later is not believed."""
_LARGEST = 1 << 17
"""Of the text of one step, which is kept as it came."""
KEPT_AN_HOUR = 1 << 23
"""Characters of steps that are kept of the people of one host in an hour."""
_PAPER_VERBS = {kind: verb for verb, kind in wire.PAPERS.items()}


class TooEarly(NodeError):
    """It follows a step that has not come yet: it is to be tried again."""


async def offer(work: Writing, actor: Actor, said: Activity) -> bool:
    """An Offer of an Agreement: terms by either side, or a yes to the owner's."""
    document = said.embedded
    if document is None or "Agreement" not in types(document):
        return False
    offered, heard = Agreement.read(document), wire.heard(said)
    if await _is_known(work, actor, said):
        return True
    sides = await _of_context(work, actor, said.context)
    if sides is None:
        sides = await _of_listing(work, actor, said, heard, _proposal_of(offered.stipulates), is_offer=True)
    bond = await service.bond_of(work, sides)
    agreed, verb = await _terms(work, sides, actor, bond, offered, heard)
    about = said.in_reply_to or "" if verb == "agree" and sides.row.via == "deal" else ""
    if verb == "agree" and not about:
        about = sides.outcome().offer
    await _add(work, sides, actor, said, heard, verb, agreed=agreed, about=about)
    return True


async def accept(work: Writing, actor: Actor, said: Activity, offer_uri: str) -> bool:
    """The owner's yes to an Offer of ours: with the very quantities, and ids of their own host."""
    step = await _step(work, offer_uri)
    if step is None or step.verb not in ("quote", "agree"):
        return False
    if await _is_known(work, actor, said):
        return True
    sides = await _load(work, actor, step.deal_id)
    if sides.owner.id != actor.id:
        raise Unheard("it is not theirs to accept")
    if sides.row.agreement_uri is not None:  # the machine would refuse it too, and say less clearly why
        raise Unheard("this offer was accepted before")
    result = said.document.get("result")
    if not isinstance(result, dict):
        raise Unheard("it accepts without an agreement")
    made = Agreement.read(result)
    if not made.is_what_was_offered(await _offered(work, sides, step)):
        raise Unheard("it accepts something else than what was offered")
    if made.terms is not None and terms.read(made.terms).document() != step.terms:
        raise Unheard("it accepts other terms than those that were offered")
    if made.seal != step.terms_hash and (made.seal is not None or NETWORK in actor.capabilities):
        raise Unheard("it accepts other terms than those that were offered")
    _check_ids(actor, made)
    uri = made.id or ""
    if await _deal_id(work, uri) not in (None, sides.row.id):
        raise Unheard("this agreement is another deal's")
    offered = _read(step.terms)
    until = offered.valid_until if offered is not None else None
    if until is not None and work.now > until + _UNDERWAY:
        raise Unheard(N_("These terms have run out; ask for new ones."))
    sides.row.agreement_uri = uri
    heard = wire.heard(said)
    if made.payment:
        heard = replace(heard, words=f"{heard.words}\n{made.payment}".strip())
    await _add(work, sides, actor, said, heard, "accept", agreed=offered, about=offer_uri)
    return True


async def reject(work: Writing, actor: Actor, said: Activity, uri: str) -> bool:
    """A no to what one of ours asked or offered; or their node's word that it did not take a step of ours."""
    step = await _step(work, uri)
    if said.document.get(NOT_TAKEN) is True:
        return step is not None and await refusals.hear(work, actor, step, wire.heard(said).words)
    deal_id = step.deal_id if step is not None else await _deal_id(work, uri)
    if deal_id is None:
        return False
    if await _is_known(work, actor, said):
        return True
    sides = await _load(work, actor, deal_id)
    if step is not None and step.actor_id == actor.id:
        raise Unheard("what they said themselves they take back")
    about = uri if step is not None and step.terms is not None else ""
    await _add(work, sides, actor, said, wire.heard(said), "decline", about=about)
    return True


async def undo(work: Writing, actor: Actor, said: Activity, uri: str) -> bool:
    """They take back what they asked or offered."""
    step = await _step(work, uri)
    if step is None:
        return False
    if await _is_known(work, actor, said):
        return True
    sides = await _load(work, actor, step.deal_id)
    if step.actor_id != actor.id:
        raise Unheard("it is not theirs to take back")
    about = uri if step.terms is not None else ""
    await _add(work, sides, actor, said, wire.heard(said), "withdraw", about=about)
    return True


async def update(work: Writing, actor: Actor, said: Activity, document: Document) -> bool:
    """The owner says by the agreement, which never changes itself, what has happened."""
    if "Agreement" not in types(document):
        return False
    now = Agreement.read(document)
    deal_id = await _deal_id(work, now.id or "")
    if deal_id is None:
        raise Unheard("there is no such agreement here")
    if await _is_known(work, actor, said):
        return True
    sides = await _load(work, actor, deal_id)
    if sides.owner.id != actor.id or (now.attributed_to or actor.uri) != actor.uri:
        raise Unheard("an agreement is its proposer's alone")
    if not now.is_what_was_offered(await _agreed(work, sides)) or now.seal not in (None, sides.row.terms_hash):
        raise Unheard("what was agreed does not change")
    heard = wire.heard(said)
    verb = heard.step or wire.verb_of_preview(now.preview)
    if not verb and sides.row.via == "plain":
        return True  # "Open" again
    if verb not in wire.CLAIMS and not (verb == "receipt" and sides.row.via == "plain"):
        raise Unheard("an agreement does not say that")
    if sides.row.via == "plain" and verb in wire.WITH_AMOUNT:
        if not _usual(sides, verb):
            return True  # what is counted in no currency, or is paid already
        heard = replace(heard, amount=None)
    await _add(work, sides, actor, said, heard, verb)
    return True


async def create(work: Writing, actor: Actor, said: Activity, document: Document) -> bool:
    """A question, a fact or a document that belongs to a deal."""
    names = types(document)
    context = one_id(document, "context") or said.context
    if "Document" in names:
        return await _paper(work, actor, said, document, context)
    if names != ("Note",):
        return False
    heard = wire.heard(said, document)
    if not heard.step:
        return await _remark(work, actor, said, heard, context)
    if await _is_known(work, actor, said):
        return True
    sides = await _of_context(work, actor, context)
    if sides is None and heard.step == "ask":
        sides = await _of_listing(work, actor, said, heard, "", is_offer=False, carrier=one_id(document, "inReplyTo"))
    if sides is None:
        if heard.after:
            await _wait_for(work, heard.after)
        raise Unheard("it belongs to no deal of ours")
    if heard.step != "ask" and heard.step not in wire.CLAIMS:
        raise Unheard("a note does not say that")
    await _add(work, sides, actor, said, heard, heard.step)
    return True


# whose it is


async def _is_known(work: Reading, actor: Actor, said: Activity) -> bool:
    """True for what came before. Raises Unheard when somebody else said it."""
    step = await _step(work, said.id or "")
    if step is not None and step.actor_id != actor.id:
        raise Unheard("this is somebody else's step")
    return step is not None


async def _step(work: Reading, uri: str) -> DealStep | None:
    return await work.session.scalar(sa.select(DealStep).where(DealStep.activity_uri == uri)) if uri else None


async def _deal_id(work: Reading, uri: str | None) -> int | None:
    if not uri:
        return None
    return await work.session.scalar(sa.select(Deal.id).where(sa.or_(Deal.uri == uri, Deal.agreement_uri == uri)))


async def _load(work: Writing, actor: Actor, deal_id: int) -> Sides:
    row = await work.session.get_one(Deal, deal_id)
    await service.lock(work, row)
    if actor.id not in (row.seller_id, row.buyer_id):  # as Sides.role_of says, before any of it is read
        raise Unheard("it is a deal of others")
    return await service.load(work, row)


async def _of_context(work: Writing, actor: Actor, context: str | None) -> Sides | None:
    deal_id = await _deal_id(work, context)
    return await _load(work, actor, deal_id) if deal_id is not None else None


async def _of_listing(
    work: Writing,
    actor: Actor,
    said: Activity,
    heard: Heard,
    proposal_uri: str,
    *,
    is_offer: bool,
    carrier: str | None = None,
) -> Sides:
    """The deal that begins with this step, or that these two talk in already where the sender knows no contexts."""
    if heard.after:
        await _wait_for(work, heard.after)
    where = Listing.proposal_uri == proposal_uri if is_offer else Post.uri == (carrier or "")
    listing_id = await work.session.scalar(
        sa.select(Listing.post_id).join(Post, Post.id == Listing.post_id).where(where)
    )
    post = await work.session.get(Post, listing_id) if listing_id is not None else None
    if post is None:
        raise Unheard("it is about no listing that is known here")
    owner = await work.session.get_one(Actor, post.author_id)
    other = actor if owner.id != actor.id else await _addressee(work, said)
    ours = owner if owner.is_local else other
    if other is None or ours is None or not ours.is_local or ours.id == actor.id:
        raise Unheard("it is for nobody of ours")
    if ours.gone_at is not None or not await may_reach(work, actor, ours):
        raise Unheard("they cannot be reached")
    if not await can_read(work, other.id, post.id):
        raise Unheard("there is no such listing for them")
    listing = await work.session.get_one(Listing, post.id, with_for_update=True, populate_existing=True)
    known = await service.talking(work, post.id, owner.id, other.id)
    if known is not None and (said.context is None or known.via == "plain"):
        return await _load(work, actor, known.id)
    if said.document.get(COUNTER) is not True and owner.id == actor.id and is_offer:
        raise Unheard("whoever put it up makes no offer to themselves")
    if known is not None:
        raise Unheard("they talk about it in another deal")
    await _require_measure(work, actor)
    uri, is_ours = said.context or "", NETWORK in actor.capabilities
    if not same_origin(uri, actor.uri):
        if is_ours:
            raise Unheard("the deal is not on the server of who begins it")
        uri = ""  # of programs that know no deals it is only a conversation
    elif await _deal_id(work, uri) is not None:
        raise Unheard("this is the name of another deal")
    row = await service.found(work, post, listing, owner, other, uri=uri)
    row.via = "deal" if is_ours else "plain"
    return await service.load(work, row)


async def _addressee(work: Reading, said: Activity) -> Actor | None:
    ours = [uri for uri in said.to if work.uris.is_ours(uri)]
    if len(ours) != 1:
        return None
    return await work.session.scalar(sa.select(Actor).where(Actor.uri == ours[0], Actor.is_local))


async def _require_measure(work: Writing, actor: Actor) -> None:
    """So many new deals an hour, of one person and of one host."""
    await work.count_alone("deals", actor.host)
    recent = sa.and_(Deal.id >= first_id(work.now - _HOUR), Actor.id.in_((Deal.seller_id, Deal.buyer_id)))
    begun = sa.select(sa.func.count(Deal.id)).select_from(Deal).join(Actor, recent)
    for where, most in ((Actor.id == actor.id, AN_HOUR_EACH), (Actor.host == actor.host, AN_HOUR)):
        if (await work.session.scalar(begun.where(where)) or 0) >= most:
            raise TooMany(retry_at=work.now + _HOUR)


async def _require_room(work: Writing, actor: Actor, length: int) -> None:
    """What is said in deals is kept as evidence for years: one host must not fill the disk with it."""
    await work.count_alone("deal steps", actor.host)
    kept = await work.session.scalar(
        sa.select(sa.func.sum(sa.func.length(DealStep.body)))
        .join(Actor, Actor.id == DealStep.actor_id)
        .where(DealStep.id >= first_id(work.now - _HOUR), Actor.host == actor.host)
    )
    if (kept or 0) + length > KEPT_AN_HOUR:
        raise TooMany(retry_at=work.now + _HOUR)


# what it says


async def _terms(
    work: Reading, sides: Sides, actor: Actor, bond: wire.Bond, offered: Agreement, heard: Heard
) -> tuple[Terms, str]:
    """The terms of an Offer, and whether it is a yes to the owner's. Raises Unheard, Invalid."""
    if (offered.stipulates.satisfies, offered.stipulates.quantity.unit) != (bond.primary, _unit(bond)):
        raise Unheard("it is about something else")
    if offered.terms is not None:
        agreed = terms.read(offered.terms)
        usual = wire.agreement(bond, _as_move(sides, actor, agreed))
        if not offered.is_what_was_offered(usual):
            raise Unheard("its quantities are not those of its terms")
        if offered.seal != service.seal_of(sides, agreed):
            raise Unheard("its hash is not that of its terms")
        return agreed, "agree" if heard.step == "agree" else "quote"
    if offered.reciprocal is not None and offered.reciprocal.satisfies != bond.reciprocal:
        raise Unheard("it gives something else")
    table = sides.outcome().deal
    is_owners = table.terms_by == sides.owner_role and sides.owner.id != actor.id
    if table.terms is not None and is_owners:
        by_us = wire.agreement(bond, _as_move(sides, actor, table.terms))
        if by_us.is_what_was_offered(offered):
            return table.terms, "agree"
    try:
        return _plain_terms(sides, bond, offered), "quote"
    except ValueError as error:
        raise Unheard("it is no amount of money") from error


def _plain_terms(sides: Sides, bond: wire.Bond, offered: Agreement) -> Terms:
    listing, given = sides.listing, bond.proposal.reciprocal
    currency = given.currency if given is not None else None
    if offered.reciprocal is not None and offered.reciprocal.quantity.unit.upper() not in ("ONE", currency or ""):
        raise Unheard("it is another currency")
    in_return = ""
    if currency is None and offered.reciprocal is not None:
        quantity = offered.reciprocal.quantity
        in_return = f"{quantity.value:f} {quantity.unit} {given.name or given.conforms_to or '' if given else ''}"
    return wire.from_plain(
        offered,
        title=sides.row.title,
        currency=currency or NO_CURRENCY,
        unit_price=listing.price if listing is not None else None,
        tax_rate=(listing.tax_rate if listing is not None else None) or Decimal(0),
        in_return=in_return,
    )


def _unit(bond: wire.Bond) -> str:
    return bond.proposal.publishes.quantity.unit if bond.proposal.publishes.quantity else "one"


def _as_move(sides: Sides, actor: Actor, agreed: Terms) -> wire.Move:
    other = sides.other(actor)
    return wire.Move("quote", actor.uri, actor.handle, other.uri, other.handle, sides.row.created_at, terms=agreed)


async def _offered(work: Reading, sides: Sides, step: DealStep) -> Agreement:
    """The Agreement as one of ours offered it."""
    if step.body:
        document = embedded(parse(step.body.encode()), "object")
        if document is not None:
            return Agreement.read(document)
    raise Unheard("there was no such offer")


async def _agreed(work: Reading, sides: Sides) -> Agreement:
    agreed = sides.outcome().deal.terms
    if agreed is None:
        raise Unheard("nothing was agreed")
    bond = await service.bond_of(work, sides)
    return wire.agreement(bond, _as_move(sides, sides.owner, agreed))


def _check_ids(actor: Actor, made: Agreement) -> None:
    if made.attributed_to != actor.uri:
        raise Unheard("the agreement is somebody else's")
    parts: list[Commitment] = [made.stipulates, *([made.reciprocal] if made.reciprocal is not None else [])]
    if not all(same_origin(uri, actor.uri) for uri in (made.id, *(part.id for part in parts))):
        raise Unheard("the agreement is not on the server of who makes it")


def _proposal_of(commitment: Commitment) -> str:
    return commitment.satisfies.rpartition("#")[0] or commitment.satisfies


def _read(document: dict[str, object] | None) -> Terms | None:
    return terms.read(document) if document is not None else None


def _usual(sides: Sides, verb: str) -> int:
    deal = sides.outcome().deal
    if verb == "refund":
        return deal.paid - deal.refunded
    return deal.total - (deal.claimed if verb == "claim_paid" else deal.paid)


def _amount(sides: Sides, verb: str, heard: Heard) -> int | None:
    if verb not in wire.WITH_AMOUNT:
        return None
    if heard.amount is None:
        return _usual(sides, verb) if sides.row.via == "plain" else None
    try:
        return wire.minor(heard.amount, sides.row.currency or "")
    except ValueError as error:
        raise Unheard("it is no amount of money") from error


# what comes of it


async def _add(
    work: Writing,
    sides: Sides,
    actor: Actor,
    said: Activity,
    heard: Heard,
    verb: str,
    *,
    agreed: Terms | None = None,
    about: str = "",
    paper_id: int | None = None,
) -> None:
    row, role, other = sides.row, sides.role_of(actor), sides.other(actor)
    if row.via == "message":
        row.via = "deal" if NETWORK in actor.capabilities else "plain"  # their program has learnt it meanwhile
    if len(sides.steps) >= history.LONGEST or len(said.body) > _LARGEST:
        raise TooMany
    if verb in ("ask", "quote", "agree") and not await may_reach(work, actor, other):
        raise Unheard("they cannot be reached")
    await _require_room(work, actor, len(said.body))
    known = [service.taken(step) for step in sides.standing]
    before = sides.outcome()
    step = Taken(
        said.id or "",
        verb,
        role,
        _moment(heard.at, work.now),
        await _after(work, sides, known, heard),
        agreed,
        _amount(sides, verb, heard),
        about,
    )
    knew = history.known_to(step, known)
    if not {other.uri for other in known if other.role == role} <= knew:
        raise Unheard("it forgets what they said before")
    outcome = sides.outcome(step)
    if step.uri in outcome.crossed and (role == row.owner or {other.uri for other in known} <= knew):
        machine.advance(before.deal, machine.Step(verb, role, agreed, step.amount), step.at)
        raise Unheard(N_("These are not the terms on the table."))
    state = row.state
    service.settle(sides, outcome)
    await service.move_stock(work, sides, state)
    kept = DealStep(
        id=new_id(work.now),
        deal_id=row.id,
        verb=verb,
        role=role,
        actor_id=actor.id,
        activity_uri=step.uri,
        after=list(step.after),
        about=about,
        words=heard.words,
        terms=agreed.document() if agreed is not None else None,
        terms_hash=service.seal_of(sides, agreed) if agreed is not None else "",
        amount=step.amount,
        paper_id=paper_id,
        body=said.body,
        signature=said.signature,
        at=step.at,
    )
    work.session.add(kept)
    if verb in ("quote", "agree", "accept"):
        await letterheads.hear_party(work, row, role, said.document.get(wire.PARTY))
    sides.steps.append(kept)
    service.settle(sides, sides.outcome())
    row.changed_at = work.now
    await work.session.flush()
    if len(sides.steps) == 1 and await service.is_too_late(work, sides):
        return
    await telling.tell(work, row, kept, actor, other)
    if not kept.is_crossed:
        await service.answer(work, sides)


def _moment(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now.replace(microsecond=0)
    if at > now + _AHEAD:
        raise Unheard(N_("It is said to come from the future: a clock is wrong."))
    return at.replace(microsecond=0)


async def _after(work: Reading, sides: Sides, known: list[Taken], heard: Heard) -> tuple[str, ...]:
    """The steps it follows; where the sender has no word for that, all that are here."""
    if sides.row.via != "deal":
        return history.heads(known)
    missing = set(heard.after) - {step.uri for step in known}
    if missing:
        await _wait_for(work, missing)
    return heard.after


async def _wait_for(work: Reading, uris: Collection[str]) -> Never:
    if await refusals.were_refused(work, set(uris)):
        raise Unheard(N_("It follows something that was not taken."))
    raise TooEarly("what it follows has not come yet")


async def _paper(work: Writing, actor: Actor, said: Activity, document: Document, context: str | None) -> bool:
    # Of an agreement that was not taken here the deal itself is known all the same.
    deal_id = await _deal_id(work, context) or await _deal_id(work, said.context)
    if deal_id is None:
        return False
    if await _is_known(work, actor, said):
        return True
    sides, heard = await _load(work, actor, deal_id), wire.heard(said)
    found = Paper.read(document)
    # The machine and papers.receive take none of a buyer either; whose name is on it is looked at here alone.
    if sides.seller.id != actor.id or found.attributed_to != actor.uri:
        raise Unheard("the seller alone issues documents")
    if found.facts is None:
        if sides.row.via != "plain":
            raise Unheard("the document does not say what it is")
        await _add(work, sides, actor, said, replace(heard, words=heard.words or found.name), "receipt")
        return True
    paper = await papers.receive(work, sides.row, document)
    verb = _PAPER_VERBS[paper.kind]
    if heard.step != verb:
        raise Unheard("the document is not what its step says")
    await _add(work, sides, actor, said, heard, verb, paper_id=paper.id)
    return True


async def _remark(work: Writing, actor: Actor, said: Activity, heard: Heard, context: str | None) -> bool:
    """A private note within a deal by a program that knows FEP-0837 alone is part of it until it is over."""
    if said.is_public or not heard.words:
        return False
    deal_id = await _deal_id(work, context)
    if deal_id is None:
        return False
    row = await work.session.get_one(Deal, deal_id)
    if row.via != "plain" or row.state in machine.OVER or actor.id not in (row.seller_id, row.buyer_id):
        return False
    if await _is_known(work, actor, said):
        return True
    await _add(work, await _load(work, actor, deal_id), actor, said, heard, "ask")
    return True
