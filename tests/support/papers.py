"""Deals as they stand after the yes, for tests of what is written about them."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from node.actors.model import Actor
from node.deals.model import Deal
from node.deals.terms import Line, Terms
from node.ids import new_id
from node.work import Writing

Make = Callable[..., Awaitable[Actor]]
BASKETS = Terms("EUR", (Line("Willow baskets", Decimal(50), 1400, Decimal(20)),), deposit=Decimal(30))


async def a_deal(work: Writing, seller_id: int, buyer_id: int, terms: Terms = BASKETS, **values: Any) -> Deal:
    """A deal that both agreed to."""
    id = new_id(work.now)
    known: dict[str, Any] = {
        "title": "Willow baskets",
        "uri": work.uris.context(id),
        "agreement_uri": work.uris.agreement(id),
        "proposal_uri": work.uris.proposal(id),
    }
    deal = Deal(
        id=id,
        seller_id=seller_id,
        buyer_id=buyer_id,
        owner="seller",
        state="agreed",
        terms=terms.document(),
        currency=terms.currency,
        total=terms.total,
        created_at=work.now,
        changed_at=work.now,
        agreed_at=work.now,
        **(known | values),
    )
    work.session.add(deal)
    await work.session.flush()
    return deal
