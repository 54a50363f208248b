"""Invoices and receipts as documents, for the node of the other side."""

import aiohttp.web as aioweb

from federation.context import host_of_signer, node_of
from federation.negotiation import asks_for_document, document, redirect
from node.actors.model import Actor
from node.deals.model import Deal
from node.errors import NotFound
from node.papers import wire
from node.papers.model import Paper
from schemas.contexts import with_context


async def paper(request: aioweb.Request) -> aioweb.Response:
    """`/ap/papers/{id}`: the Document of a paper of ours, for the host of its buyer. For everybody else nothing."""
    digits = request.match_info["id"]
    if len(digits) > 19 or int(digits) >= 2**63:
        raise NotFound
    signer = await host_of_signer(request)
    async with node_of(request).reading() as work:
        row = await work.session.get(Paper, int(digits))
        if row is None or row.issuer_id is None:
            raise NotFound
        if not asks_for_document(request):
            return redirect(row.url)  # which lets in whom it knows
        buyer = await work.session.get_one(Actor, row.buyer_id)
        if signer is None or signer != buyer.host:
            raise NotFound
        deal = await work.session.get_one(Deal, row.deal_id)
        return document(with_context(wire.document(row, deal)), private=True)
