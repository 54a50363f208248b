"""The steps of a deal in the one order on which both nodes agree, and what comes of them. Pure.

Each node adds its own steps at once and hears of the other's later, so two steps may cross. Every step therefore names
the last ones that its sender knew. From these both work out the same order, in which the owner's steps come first
where nobody could know of the other's: for the owner's node that is the order of arrival, so what the owner did stands,
stock and all. A step that does not fit where it ends up has no effect; it is kept and shown as crossed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from node.deals import machine
from node.deals.machine import Deal, NotNow, Role, Step
from node.deals.terms import Terms

LONGEST = 300
"""Steps of one deal."""
_TALK = frozenset({"quote", "agree", "accept", "decline", "withdraw"})
"""What changes what is on the table, or ends the talking."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step as both nodes know it, by the id of its activity."""

    uri: str
    verb: str
    role: Role
    at: datetime
    after: tuple[str, ...] = ()
    terms: Terms | None = None
    amount: int | None = None
    about: str = ""
    """The Offer that it answers, where it answers one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a deal stands after all its steps."""

    deal: Deal
    order: tuple[str, ...]
    crossed: frozenset[str]
    offer: str = ""
    """The Offer whose terms are on the table, or agreed."""
    times: Mapping[str, datetime] = field(default_factory=dict)
    """When each verb last had effect."""
    heads: tuple[str, ...] = ()
    """The steps that no other follows: what the next one names."""


def replay(owner: Role, steps: Sequence[Taken], *, seller_is_plain: bool = False) -> Outcome:
    """What the steps come to. ``seller_is_plain``: their program sends no invoices, so the agreement itself asks for
    the money, and their confirmation says that all was paid and delivered."""
    known = _ancestors(steps)
    found = order(owner, steps)
    deal, offer, end, crossed, times = Deal(owner), "", "", set[str](), dict[str, datetime]()
    for step in found:
        if _has_crossed(step, found, owner, known) or (step.about and step.about != offer and _answers(step)):
            crossed.add(step.uri)
            continue
        try:
            if seller_is_plain:
                deal = _as_plain(deal, step)
            deal = machine.advance(deal, Step(step.verb, step.role, step.terms, step.amount), step.at)
        except NotNow:
            if not (
                end
                and step.verb in ("invoice_deposit", "invoice")
                and step.role == machine.SELLER
                and end not in known[step.uri]
            ):
                crossed.add(step.uri)
                continue
            # Numbered before its seller heard of the end: it is out in the world, and can be credited.
            is_deposit = step.verb == "invoice_deposit"
            deal = replace(
                deal, deposit_invoiced=deal.deposit_invoiced or is_deposit, invoiced=deal.invoiced or not is_deposit
            )
        times[step.verb] = step.at
        if deal.state == machine.CANCELLED:
            end = end or step.uri
        if step.verb in ("quote", "agree"):
            offer = step.uri
        if seller_is_plain and step.verb == "accept":
            deal = replace(deal, invoiced=deal.total > 0)
    return Outcome(deal, tuple(step.uri for step in found), frozenset(crossed), offer, times, heads(steps))


def order(owner: Role, steps: Iterable[Taken]) -> list[Taken]:
    """The steps so that each comes after those it names, the owner's as early as they can."""
    left = {step.uri: step for step in steps}
    found: list[Taken] = []
    while left:
        ready = [step for step in left.values() if not any(uri in left for uri in step.after)]
        # Who says that two steps follow each other gets them in any order, rather than none.
        chosen = min(ready or left.values(), key=lambda step: (step.role != owner, step.uri))
        found.append(chosen)
        del left[chosen.uri]
    return found


def heads(steps: Iterable[Taken]) -> tuple[str, ...]:
    """The steps that no other one follows."""
    all_steps = list(steps)
    followed = {uri for step in all_steps for uri in step.after}
    return tuple(sorted(step.uri for step in all_steps if step.uri not in followed))


def known_to(step: Taken, steps: Sequence[Taken]) -> frozenset[str]:
    """The steps of which who took this one knew."""
    return _ancestors([*steps, step])[step.uri]


def _ancestors(steps: Sequence[Taken]) -> dict[str, frozenset[str]]:
    by_uri = {step.uri: step for step in steps}
    found: dict[str, frozenset[str]] = {}
    for start in by_uri:
        seen: set[str] = set()
        waiting = list(by_uri[start].after)
        while waiting:
            uri = waiting.pop()
            if uri in seen or uri not in by_uri:
                continue
            if uri in found:
                seen |= found[uri] | {uri}
                continue
            seen.add(uri)
            waiting += by_uri[uri].after
        found[start] = frozenset(seen)
    return found


def _has_crossed(step: Taken, steps: Sequence[Taken], owner: Role, known: Mapping[str, frozenset[str]]) -> bool:
    """True for talk of the other side that did not know of the owner's, nor the owner of it."""
    if step.role == owner or step.verb not in _TALK:
        return False
    return any(
        other.role == owner
        and other.verb in _TALK
        and other.uri not in known[step.uri]
        and step.uri not in known[other.uri]
        for other in steps
    )


def _answers(step: Taken) -> bool:
    return step.verb in ("agree", "accept", "decline", "withdraw")


def _as_plain(deal: Deal, step: Taken) -> Deal:
    if step.verb != "receipt" or step.role != machine.SELLER or deal.state != machine.AGREED:
        return deal
    total = deal.total
    return replace(deal, claimed=total, paid=total, invoiced=total > 0, is_delivered=True)
