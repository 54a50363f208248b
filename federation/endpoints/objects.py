"""Objects of ours as documents: posts, proposals, relationships and activities."""

import json
from base64 import urlsafe_b64decode

import aiohttp.web as aioweb
import sqlalchemy as sa

from federation.context import actor_of_signer, host_of_signer, node_of, of
from federation.negotiation import asks_for_document, document, redirect
from node import catalogue
from node.actors import queries as actors
from node.actors.model import Actor
from node.asking import copies, given
from node.associations import vouches
from node.associations.model import Vouch
from node.deals import queries as deals
from node.deals.model import Deal
from node.errors import NotFound
from node.invitations import wire as invitations
from node.invitations.model import Connection
from node.listings import wire as listings
from node.listings.model import Listing
from node.outbox.model import Activity, Delivery
from node.outbox.queries import is_undone
from node.outbox.service import is_step
from node.polls import service as polls
from node.posts import consents
from node.posts import wire as posts
from node.posts.fetching import is_open, may_fetch
from node.posts.model import Post
from node.work import Reading
from schemas.contexts import with_context
from schemas.tombstone import Tombstone
from schemas.values import Document, as_uri


async def post(request: aioweb.Request) -> aioweb.Response:
    """`/ap/objects/{id}`: what anybody may read, or what the host that signed may. Otherwise there is nothing."""
    async with node_of(request).reading() as work:
        found: Post | None = await _POSTS.first(work, post=_key(request))
        if found is not None and (found.deleted_at is not None or is_open(found)):
            return await _served(work, request, found, None)
    signer = await host_of_signer(request)
    async with node_of(request).reading() as work:
        if found is not None:
            return await _served(work, request, await _post(work, request), signer)
        vote = await _vote(work, request, signer)
    if vote is None and signer is not None:
        reader = await actor_of_signer(request)
        async with node_of(request).reading() as work:
            vote = await deals.note(work, _key(request), reader.id) if reader is not None else None
    if vote is None:
        raise NotFound
    return document(with_context(vote), private=True)


async def _served(work: Reading, request: aioweb.Request, found: Post, signer: str | None) -> aioweb.Response:
    await _require_ours(work, found)
    if found.deleted_at is not None:
        return document(posts.tombstone(found).write(), status=410)
    if not await may_fetch(work, signer, found):
        raise NotFound
    if not asks_for_document(request):
        return redirect(found.url)
    written = with_context(await catalogue.named(found.kind).document(work, found))
    return document(written, private=not is_open(found))


async def _vote(work: Reading, request: aioweb.Request, signer: str | None) -> Document | None:
    """A vote of one of ours, for the host of who asked: servers look it up before they count it."""
    found = await polls.vote_document(work, work.uris.object(_key(request)))
    return found[0] if found is not None and signer is not None and found[1] == signer else None


async def proposal(request: aioweb.Request) -> aioweb.Response:
    """`/ap/objects/{id}/proposal`: the Proposal of a listing alone, as FEP-0837 fetches it."""
    signer = await _signer_unless_open(request)
    async with node_of(request).reading() as work:
        found = await _post(work, request)
        listing = await work.session.get(Listing, found.id)
        if listing is None:
            raise NotFound
        if found.deleted_at is not None:
            return document(Tombstone(listing.proposal_uri, found.deleted_at, "Proposal").write(), status=410)
        if not await may_fetch(work, signer, found):
            raise NotFound
        if not asks_for_document(request):
            return redirect(found.url)
        author = await work.session.get_one(Actor, found.author_id)
        return document(listings.proposal(found, listing, author).write(), private=not is_open(found))


async def quote(request: aioweb.Request) -> aioweb.Response:
    """`/ap/objects/{id}/quotes/{what}`: that somebody may quote a post of ours, until its author takes that back."""
    async with node_of(request).reading() as work:
        found = await _post(work, request)
        encoded = request.match_info["what"]
        try:
            quoting = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        except ValueError:
            raise NotFound from None
        if found.deleted_at is not None or not is_open(found) or as_uri(quoting) is None:
            raise NotFound
        return document((await consents.stamp(work, found, quoting)).write())


async def activity(request: aioweb.Request) -> aioweb.Response:
    """`/ap/activities/{id}`: exactly what was sent, for everybody or for a host it was sent to."""
    node = node_of(request)
    async with node.reading() as work:
        found = await _activity(work, request)
    if is_step(found.object_uri):
        return await _step(request, found)
    signer = None if found.is_public else await host_of_signer(request)
    async with node.reading() as work:
        about = await work.session.scalar(sa.select(Post).where(Post.uri == found.object_uri))
        if about is not None and about.deleted_at is not None and found.type != "Delete":
            return document(Tombstone(found.uri, about.deleted_at, found.type).write(), status=410)
        if not found.is_public and not await _was_sent_to(work, found, signer):
            raise NotFound
        undone = sa.select(Activity.id).where(Activity.id == found.id, is_undone())
        if found.type in ("Announce", "Like") and await work.session.scalar(undone):
            return document(Tombstone(found.uri, None, found.type).write(), status=410)
        if not asks_for_document(request):
            return redirect(about.url if about is not None else f"{work.uris.base}/")
    sealed = await of(request).sealer.seal(found)
    return document(sealed.decode(), private=not found.is_public)


async def _step(request: aioweb.Request, found: Activity) -> aioweb.Response:
    """A step of a deal, for its two sides and the programs they live in; nobody else on their hosts."""
    signer = await actor_of_signer(request)
    async with node_of(request).reading() as work:
        if signer is None or not await deals.is_step_for(work, found.uri, signer.id):
            raise NotFound
    return document((await of(request).sealer.seal(found)).decode(), private=True)


async def relationship(request: aioweb.Request) -> aioweb.Response:
    """`/ap/relationships/{id}`: an association's word about a member, open to all; a connection for its two sides."""
    uri = node_of(request).uris.relationship(_key(request))
    async with node_of(request).reading() as work:
        vouch = await work.session.scalar(sa.select(Vouch).where(Vouch.uri == uri))
        said = await vouches.relationship_document(work, vouch) if vouch is not None else {}
    if vouch is None:
        return await _connection(request, uri)
    if vouch.revoked_at is not None:
        return document(Tombstone(uri, vouch.revoked_at, "Relationship").write(), status=410)
    return document(await of(request).sealer.attest(vouch, said))


async def _connection(request: aioweb.Request, uri: str) -> aioweb.Response:
    signer = await host_of_signer(request)
    async with node_of(request).reading() as work:
        connection = await work.session.scalar(sa.select(Connection).where(Connection.uri == uri))
        if connection is None:
            raise NotFound
        inviting = await work.session.get_one(Actor, connection.inviting_id)
        invited = await work.session.get_one(Actor, connection.invited_id)
        if signer is None or signer not in (inviting.host, invited.host):
            raise NotFound
        if connection.state in ("declined", "withdrawn", "ended"):
            grave = Tombstone(uri, connection.ended_at or connection.answered_at, "Relationship")
            return document(grave.write(), status=410, private=True)
        return document(invitations.relationship(connection, inviting.uri, invited.uri).write(), private=True)


async def agreement(request: aioweb.Request) -> aioweb.Response:
    """`/ap/agreements/{id}`: what was agreed and where it stands, for its two sides; nobody else finds anything."""
    signer = await actor_of_signer(request)
    async with node_of(request).reading() as work:
        row = await work.session.scalar(
            sa.select(Deal).where(Deal.agreement_uri == work.uris.agreement(_key(request)))
        )  # fmt: skip
        if row is None or signer is None or not await deals.is_for(work, row, signer.id):
            raise NotFound
        return document(with_context(await deals.agreement(work, row)), private=True)


async def _signer_unless_open(request: aioweb.Request) -> str | None:
    """Who signed, asked only where it matters: verifying costs a fetch and some arithmetic."""
    async with node_of(request).reading() as work:
        found = await _post(work, request)
        if found.deleted_at is not None or is_open(found):
            return None
    return await host_of_signer(request)


_POSTS = copies(Post, Post.id == given("post"))


async def _post(work: Reading, request: aioweb.Request) -> Post:
    """One of ours, to be looked at only: it belongs to no session."""
    found: Post | None = await _POSTS.first(work, post=_key(request))
    if found is None:
        raise NotFound
    await _require_ours(work, found)
    return found


async def _require_ours(work: Reading, found: Post) -> None:
    if not found.is_local or found.boost_of_id is not None:
        raise NotFound
    if (await actors.one(work, found.author_id)).suspended_at is not None:
        raise NotFound


async def _activity(work: Reading, request: aioweb.Request) -> Activity:
    found = await work.session.get(Activity, _key(request))
    if found is None or found.uri != work.uris.activity(found.id):
        raise NotFound
    author = await work.session.get_one(Actor, found.actor_id)
    if author.suspended_at is not None:
        raise NotFound
    return found


async def _was_sent_to(work: Reading, activity: Activity, host: str | None) -> bool:
    if host is None:
        return False
    sent = sa.exists().where(Delivery.activity_id == activity.id, Delivery.host == host)
    if await work.session.scalar(sa.select(sent)):
        return True
    # Deliveries are pruned after a while; whom it was for still stands in it.
    said: Document = json.loads(activity.document)
    addressees = [uri for key in ("to", "cc") for uri in said.get(key, [])]
    named = sa.exists().where(Actor.host == host, Actor.uri.in_(addressees))
    return bool(await work.session.scalar(sa.select(named)))


def _key(request: aioweb.Request) -> int:
    digits = request.match_info["id"]
    if len(digits) > 19 or int(digits) >= 2**63:
        raise NotFound
    return int(digits)
