"""Copies of other people's listings."""

import sqlalchemy as sa
import structlog

from node import markdown
from node.access import OPEN
from node.actors.model import Actor
from node.directed import service as directed
from node.follows.model import Follow
from node.listings import service, wire
from node.listings.model import Listing
from node.posts import copies as posts
from node.posts.model import Post
from node.posts.wire import visibility
from node.work import Writing
from schemas.note import Note

log = structlog.get_logger()

_PEOPLE = 50
"""Addressees looked at."""


async def mirror(work: Writing, author: Actor, note: Note) -> Post | None:
    """Keep or refresh the copy of a Note that carries a proposal. None where posts.copies.mirror says none.

    Raises what node.directed.service.weigh says of an offer to single people.
    """
    if note.proposal is None:
        return None
    terms = wire.read(note, note.proposal)
    incoming = await _weighed(work, author, note, terms)
    post = await posts.mirror(work, author, note, kind="listing", is_told=incoming is None or not incoming.waits)
    if post is None or post.kind != "listing":
        return post  # something that was a plain post stays one
    listing = await work.session.get(Listing, post.id)
    if listing is None:
        listing = Listing(post_id=post.id, proposal_uri=await _own_uri(work, note, terms.proposal_uri))
        await _began(work, post, note.born_of)
    elif post.updated_at is not None and (note.updated is None or note.updated < post.updated_at):
        return post  # an older version that arrived late
    listing.purpose, listing.title, listing.body = terms.purpose, terms.title, markdown.clean(terms.body)
    listing.category, listing.terms = terms.category, terms.terms
    listing.price, listing.currency, listing.is_negotiable = terms.price, terms.currency, terms.is_negotiable
    listing.barter, listing.unit = terms.barter, terms.unit
    listing.quantity, listing.minimum = terms.quantity, terms.minimum
    listing.place, listing.latitude, listing.longitude = terms.place, terms.latitude, terms.longitude
    listing.is_recruitment_based, listing.expires_at = terms.is_recruitment_based, terms.expires_at
    listing.tax_rate, listing.industry, listing.delivery = terms.tax_rate, terms.industry, terms.delivery
    listing.serves_km = terms.serves_km
    listing.answers_uri, listing.test_url = terms.answers_uri, terms.test_url
    listing.answers_id = await _ask(work, terms.answers_uri)
    is_over = terms.state == "open" and terms.expires_at is not None and terms.expires_at <= work.now
    listing.state = "expired" if is_over else terms.state
    if note.proposal.id == note.id:  # it came alone, without a text for whose program knows no listings
        post.content = wire.content(listing, post.url, (), post.language, terms.variants)
    if incoming is not None:
        await directed.hear(work, post, incoming)
        if not incoming.half:
            listing.terms = "open"  # a gift is called one
    else:
        await directed.relabel(work, post, terms.said_terms, has_return=_has_return(terms))
    listing.is_fresh = not post.is_history and listing.state == "open" and post.visibility != "direct"
    work.session.add(listing)
    await work.session.flush()
    await service.keep_variants(work, listing, terms.variants)
    await service.index(work, post, listing)
    if listing.is_recruitment_based and await service.policy(work) != "show":
        log.info("listing_not_shown", uri=post.uri, reason="recruitment")
    return post


async def _weighed(work: Writing, author: Actor, note: Note, terms: wire.Terms) -> directed.Incoming | None:
    """How an offer comes in that is new and for single people of ours; None for what is for more, or known.

    Raises Forbidden where a change would put it before more people than it was sent to.
    """
    if visibility(note, author.followers_uri) != "direct" or work.is_history:
        return None
    addressed = [uri for uri in dict.fromkeys((*note.to, *note.cc)) if work.uris.is_ours(uri)][:_PEOPLE]
    chosen = sa.select(Actor).where(Actor.uri.in_(addressed), Actor.is_local, Actor.kind.in_(directed.PEOPLE))
    if note.audience is not None:  # in a closed circle each member is addressed
        group = sa.select(Actor.id).where(Actor.uri == note.audience, Actor.kind == "group").scalar_subquery()
        chosen = chosen.where(
            ~sa.exists().where(Follow.follower_id == Actor.id, Follow.followed_id == group, Follow.state == "accepted")
        )
    to = (await work.session.scalars(chosen)).all()
    if not to:
        return None
    known = await work.session.scalar(sa.select(Post).where(Post.uri == note.id))
    if known is not None:
        if known.kind == "listing":
            await directed.require_same(work, known.id, to)
        return None
    return await directed.weigh(
        work, author, to, terms.said_terms, has_return=_has_return(terms), answers_uri=terms.answers_uri
    )


def _has_return(terms: wire.Terms) -> bool:
    return terms.price is not None or bool(terms.barter)


async def _began(work: Writing, post: Post, uri: str | None) -> None:
    """It began in a post that anybody may read; one of ours learns of it. Told once, with the first copy."""
    if uri is None or post.visibility not in OPEN:
        return
    source = await work.session.scalar(
        sa.select(Post).where(Post.uri == uri, Post.visibility.in_(OPEN), Post.deleted_at.is_(None))
    )
    if source is not None and source.boost_of_id is None:
        post.born_of_id = source.id
        if not post.is_history:
            await service.tell_source(work, post, source)


async def _ask(work: Writing, uri: str | None) -> int | None:
    if uri is None:
        return None
    chosen = sa.select(Post.id).join(Listing, Listing.post_id == Post.id)
    return await work.session.scalar(chosen.where(Post.uri == uri, Listing.purpose == "request"))


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
