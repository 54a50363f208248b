"""Copies of other people's listings."""

import sqlalchemy as sa
import structlog

from node import markdown
from node.actors.model import Actor
from node.listings import service, wire
from node.listings.model import Listing
from node.posts import copies as posts
from node.posts.model import Post
from node.work import Writing
from schemas.note import Note

log = structlog.get_logger()


async def mirror(work: Writing, author: Actor, note: Note) -> Post | None:
    """Keep or refresh the copy of a Note that carries a proposal. None where posts.copies.mirror says none."""
    if note.proposal is None:
        return None
    post = await posts.mirror(work, author, note, kind="listing")
    if post is None or post.kind != "listing":
        return post  # something that was a plain post stays one
    terms = wire.read(note, note.proposal)
    listing = await work.session.get(Listing, post.id)
    if listing is None:
        listing = Listing(post_id=post.id, proposal_uri=await _own_uri(work, note, terms.proposal_uri))
    elif post.updated_at is not None and (note.updated is None or note.updated < post.updated_at):
        return post  # an older version that arrived late
    listing.purpose, listing.title, listing.body = terms.purpose, terms.title, markdown.clean(terms.body)
    listing.category, listing.terms = terms.category, terms.terms
    listing.price, listing.currency, listing.is_negotiable = terms.price, terms.currency, terms.is_negotiable
    listing.barter, listing.unit = terms.barter, terms.unit
    listing.quantity, listing.minimum = terms.quantity, terms.minimum
    listing.place, listing.latitude, listing.longitude = terms.place, terms.latitude, terms.longitude
    listing.is_recruitment_based, listing.expires_at = terms.is_recruitment_based, terms.expires_at
    is_over = terms.state == "open" and terms.expires_at is not None and terms.expires_at <= work.now
    listing.state = "expired" if is_over else terms.state
    work.session.add(listing)
    await work.session.flush()
    await service.index(work, post, listing)
    if listing.is_recruitment_based and await service.policy(work) != "show":
        log.info("listing_not_shown", uri=post.uri, reason="recruitment")
    return post


async def _own_uri(work: Writing, note: Note, proposal_uri: str) -> str:
    """The proposal's own id, unless another listing has it: nobody takes the place of what another will publish."""
    is_taken = await work.session.scalar(sa.select(Listing.post_id).where(Listing.proposal_uri == proposal_uri))
    return proposal_uri if is_taken is None else wire.proposal_of(note.id)


async def forget(work: Writing, author: Actor, post: Post) -> None:
    """``author`` of elsewhere took their listing back."""
    await posts.forget(work, author, post)
    listing = await work.session.get(Listing, post.id)
    if listing is not None:
        service.clear(listing)
        await work.session.flush()
