"""What somebody carries who did not say it: proofs, keys and redirects of others, and a yes to something else."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp.web as aioweb
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import affiliations
from federation.signatures import proofs
from federation.signatures.keys import base58, multikey
from node.access import can_read
from node.actors.model import Actor, ActorKey
from node.associations.model import Vouch
from node.blocks import service as blocks
from node.boosts import service as boosts
from node.follows.model import Follow
from node.members import leaving
from node.pins import service as pins
from node.posts import queries
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from schemas.vocabulary import MEMBER_OF
from support.inbound import befriend, post_of, say
from support.network import Network
from support.nodes import Member, Nodes, RigNode
from support.peer import PUBLIC, Peer, Person

pytestmark = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
FORGED = (400, 401, 403)


class Leading(Peer):
    """A server with an address that leads wherever one wants: ``/to?http://…``."""

    async def _serve(self, incoming: aioweb.Request) -> aioweb.StreamResponse:
        if incoming.path == "/to":
            return aioweb.Response(status=302, headers={"Location": incoming.query_string})
        return await super()._serve(incoming)


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def alice(target: RigNode) -> Member:
    return await target.member("Alice Baker")


@pytest.fixture
async def other(network: Network, target: RigNode) -> AsyncIterator[Leading]:
    """A second server, at q.test."""
    peer = Leading("q.test", network, target.time)
    await peer.open()
    yield peer
    await peer.close()


def sealing(person: Person, **stated: str) -> Callable[[dict[str, Any], datetime | None], dict[str, Any]]:
    """Give somebody an Ed25519 key, and what makes proofs with it; ``stated`` is what they say of the key."""
    key = Ed25519PrivateKey.generate()
    named = {"id": f"{person.uri}#ed", "type": "Multikey", "controller": person.uri, **stated}
    person.document["assertionMethod"] = [{**named, "publicKeyMultibase": multikey(key)}]

    def seal(activity: dict[str, Any], at: datetime | None) -> dict[str, Any]:
        options = {"type": "DataIntegrityProof", "cryptosuite": proofs.SUITE, "verificationMethod": named["id"],
                   "proofPurpose": "assertionMethod"}  # fmt: skip
        if at is not None:
            options["created"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        value = "z" + base58(key.sign(proofs.hash_data(activity, options)))
        return {**activity, "proof": {**options, "proofValue": value}}

    return seal


async def follows_of(target: RigNode, follower: str) -> list[str]:
    async with target.reading() as work:
        found = await work.session.scalars(
            sa.select(Follow.state).join(Actor, Actor.id == Follow.follower_id).where(Actor.uri == follower)
        )
        return list(found)


async def test_a_proof_is_by_its_actor_and_over_nothing_else(
    target: RigNode, alice: Member, peer: Peer, other: Peer
) -> None:
    sam, eve = peer.person("sam"), other.person("eve")
    inbox, now = f"{target.base}/ap/inbox", target.time()
    by_sam, by_eve = sealing(sam), sealing(eve)
    await befriend(target, peer, sam, alice)
    said = peer.activity(sam, "Follow", alice.uri)
    old, timeless = by_sam(said, now - timedelta(days=31)), by_sam(said, None)  # it may have come, and been undone
    for wrong in (by_eve(said, now), {**by_sam(said, now), "object": eve.uri}, old, timeless):
        assert (await other.send(eve, inbox, wrong)).status == 401
    # A server's word of who follows is not in it: the list that is named here would end what Alice follows.
    peer.documents["/users/sam/liked"] = {"id": f"{sam.uri}/liked", "type": "OrderedCollection", "orderedItems": []}
    header = f'collectionId="{sam.uri}/followers", url="{sam.uri}/liked", digest="{"0" * 64}"'
    headers = {"Collection-Synchronization": header}
    assert (await other.send(eve, inbox, by_sam(said, now), headers=headers)).status == 202
    await target.settle()
    assert await follows_of(target, sam.uri) == ["accepted"], "what he proved is done"
    assert await follows_of(target, alice.uri) == ["accepted"]


async def test_what_is_passed_on_is_the_word_of_who_said_it(
    target: RigNode, alice: Member, peer: Peer, other: Peer
) -> None:
    """A group speaks for its own server; a proof is by the actor; what was said to nobody is not widened on the way."""
    group, ann, bea = peer.person("group", kind="Group"), other.person("ann"), other.person("bea")
    eve = peer.person("eve")
    by_bea, by_eve, now = sealing(bea), sealing(eve), target.time()
    for who, at in ((group, peer), (ann, other), (bea, other), (eve, peer)):
        await befriend(target, at, who, alice)
    true = other.note(ann, "<p>true</p>")
    assert await say(target, other, ann, other.activity(ann, "Create", true)) == "done"
    changed = other.activity(ann, "Update", {**true, "content": "<p>lie</p>", "updated": "2026-05-04T10:00:00Z"})
    new = other.activity(ann, "Create", {**true, "id": other.uri(), "content": "<p>lie</p>"})
    for said in (changed, new):
        for carrier, inner in (
            (group, said),
            (group, by_bea(said, now)),
            (eve, by_bea(said, now)),
            (eve, by_eve(said, now)),
        ):
            await say(target, peer, carrier, peer.activity(carrier, "Announce", inner, to=[PUBLIC]))
    wide: dict[str, Any] = {"to": [PUBLIC], "cc": [f"{ann.uri}/followers"]}
    for carrier, is_passed_on in ((group, True), (eve, True), (eve, False)):
        private = other.note(ann, "<p>to nobody</p>")
        del private["to"], private["cc"]
        inner = other.activity(ann, "Create", private["id"] if is_passed_on else private, **wide)
        passed = peer.activity(carrier, "Announce", inner, to=[PUBLIC]) if is_passed_on else inner
        await say(target, peer, carrier, passed)
    async with target.reading() as work:
        rows = await work.session.scalars(sa.select(Post).where(Post.boost_of_id.is_(None)))
        kept = {post.uri: (post.content, await can_read(work, alice.actor_id, post.id)) for post in rows.all()}
    assert kept.pop(true["id"]) == ("<p>true</p>", True)
    assert [uri for uri, (_, is_readable) in kept.items() if is_readable] == []


async def test_a_key_is_named_by_whose_it_is(target: RigNode, alice: Member, peer: Peer, other: Peer) -> None:
    """Whoever lists another's key, on their server or elsewhere, speaks for nobody and keeps nobody from speaking."""
    inbox, now = f"{target.base}/ap/inbox", target.time()
    sam, ann = peer.person("sam"), peer.person("ann")
    by_sam, by_ann = sealing(sam), sealing(ann, id=f"{ann.uri}/ed")
    peer.documents["/users/ann/ed"] = ann.document
    for thief in (peer.person("eve"), other.person("eve")):
        forge = sealing(thief, id=f"{sam.uri}#ed")
        stolen = thief.document["assertionMethod"]
        stolen += [{**stolen[0], "id": f"{ann.uri}/ed"}, {**sam.document["assertionMethod"][0], "controller": sam.uri}]
        own = thief.document["publicKey"]
        thief.document["publicKey"] = [
            own,
            {**own, "id": sam.key_id},
            {**sam.document["publicKey"], "owner": thief.uri},
        ]
        at = peer if thief.uri.startswith(peer.base) else other
        assert await say(target, at, thief, at.activity(thief, "Like", f"{target.base}/x")) in ("done", "ignored")
        assert (await at.send(thief, inbox, forge(peer.activity(sam, "Follow", alice.uri), now))).status == 401
    target.time.forward(minutes=10)  # a key is read again every five
    now = target.time()
    assert await say(target, peer, sam, peer.activity(sam, "Follow", alice.uri)) == "done"
    eve = other.people["eve"]
    for who, seal in ((sam, by_sam), (ann, by_ann)):
        carried = seal(peer.activity(who, "Follow", alice.uri), now)
        assert (await other.send(eve, inbox, carried)).status == 202, who.uri
    await target.worker.directory.actor(f"{peer.base}/users/eve", fresh=True)
    later = by_ann(peer.activity(ann, "Like", alice.uri), now)
    assert (await other.send(eve, inbox, later)).status == 202, "whoever names it again does not get it either"


async def test_what_ours_did_is_not_done_again_by_who_has_it(target: RigNode, alice: Member, peer: Peer) -> None:
    """Every activity of ours carries a proof, and whoever got one could bring it back once it was undone."""
    sam, eve = peer.person("sam"), peer.person("eve")
    await befriend(target, peer, sam, alice)
    await say(target, peer, eve, peer.activity(eve, "Follow", alice.uri))
    note = peer.note(sam, "<p>Look</p>")
    assert await say(target, peer, sam, peer.activity(sam, "Create", note)) == "done"
    copy = await post_of(target, note["id"])
    assert copy is not None
    async with target.writing() as work:
        await boosts.pass_on(work, await work.session.get_one(Actor, alice.actor_id), copy.id)
    await target.settle()
    async with target.writing() as work:
        await boosts.take_back(work, await work.session.get_one(Actor, alice.actor_id), copy.id)
    await target.settle()
    [announce] = [one for one in peer.activities("Announce") if "proof" in one]
    assert (await peer.send(eve, f"{target.base}/ap/inbox", announce)).status == 403
    await target.settle()
    async with target.reading() as work:
        assert await boosts.of(work, alice.actor_id, copy.id) is None
    # Nor the farewell of who left: with it would go the keys, by which it is still to be sent.
    peer.answer = 503
    async with target.writing() as work:
        await leaving.close(work, alice.account_id)
    await target.settle()
    farewell = {"id": f"{alice.uri}#delete", "type": "Delete", "actor": alice.uri, "object": alice.uri}
    assert (await peer.send(eve, f"{target.base}/ap/inbox", farewell, sign=False)).status == 403
    await target.settle()
    async with target.reading() as work:
        keys = await work.session.scalars(sa.select(ActorKey.uri).where(ActorKey.actor_id == alice.actor_id))
        assert len(keys.all()) == 2


async def test_a_redirect_lends_nobody_a_name(target: RigNode, alice: Member, peer: Peer, other: Leading) -> None:
    """Somebody's server leads to any address, as many do: what lives there is no word of that server."""
    eve, ann = peer.person("eve"), other.person("ann")
    office = other.person("office", kind="Organization")
    await befriend(target, peer, eve, alice)
    await befriend(target, other, ann, alice)
    note = other.note(ann, "<p>true</p>")
    assert await say(target, other, ann, other.activity(ann, "Create", note)) == "done"
    forged: dict[str, Any] = other.activity(ann, "Like", note["id"], id=f"{peer.base}/forged")
    peer.documents["/forged"] = forged
    led = {**forged, "id": f"{other.base}/to?{peer.base}/forged"}
    for of in (led, led["id"]):
        await say(target, peer, eve, peer.activity(eve, "Announce", of, to=[PUBLIC]))
    assert await say(target, peer, eve, led) == "refused"
    post = await post_of(target, note["id"])
    assert post is not None
    assert post.likes == 0
    claim = {"id": f"{peer.base}/claim", "type": "Relationship", "subject": eve.uri, "object": office.uri,
             "attributedTo": office.uri, "relationship": MEMBER_OF}  # fmt: skip
    peer.documents["/claim"] = claim
    where = eve.document["commensal:affiliations"] = f"{eve.uri}/affiliations"
    items = [{**claim, "id": f"{other.base}/to?{peer.base}/claim"}, f"{other.base}/to?{peer.base}/claim"]
    peer.documents["/users/eve/affiliations"] = {"id": where, "type": "Collection", "items": items}
    person = await target.worker.directory.actor(eve.uri, fresh=True)
    assert await affiliations.read(target.worker.directory, person) == []
    async with target.reading() as work:
        assert (await work.session.scalars(sa.select(Vouch.id).where(Vouch.subject_id == person.id))).all() == []


async def test_a_yes_to_a_quote_is_to_one_thing(target: RigNode, alice: Member, peer: Peer) -> None:
    """Asked for one post and shown with another, before, after or by an edit; asked for by a neighbour or by nobody."""
    carol = await target.member("Carol Other")
    eve, sam = peer.person("eve"), peer.person("sam")
    for who in (eve, sam):
        await befriend(target, peer, who, carol)
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        hers = await posts.publish(work, me, Draft("Not to be shown around", may_quote="nobody"))
        free = await posts.publish(work, me, Draft("Good oak"))

    def quoting(of: Post) -> dict[str, Any]:
        return peer.note(eve, "<p>Ha</p>", quote=of.uri, to=[PUBLIC, alice.uri])

    async def ask(note: dict[str, Any], who: Person = eve) -> str:
        return await say(target, peer, who, peer.activity(who, "QuoteRequest", free.uri, instrument=note["id"]))

    async def shows(note: dict[str, Any], **changed: Any) -> bool:
        verb = "Update" if changed else "Create"
        assert await say(target, peer, eve, peer.activity(eve, verb, {**note, **changed})) == "done"
        return await is_shown(note)

    async def is_shown(note: dict[str, Any]) -> bool:
        copy = await post_of(target, note["id"])
        assert copy is not None
        async with target.reading() as work:
            return (await queries.one(work, carol.actor_id, copy.id)).quoted is not None

    asked_before, edited, asked_after = quoting(hers), quoting(free), quoting(hers)
    assert await ask(asked_before) == "done"
    assert not await shows(asked_before)
    assert await shows(edited)
    assert not await shows(edited, quote=hers.uri, updated="2026-05-04T10:00:00Z")
    assert await shows(edited, quote=free.uri, updated="2026-05-04T11:00:00Z")
    assert not await shows(asked_after)
    assert (await ask(asked_after), await ask(edited, sam)) == ("refused", "refused")
    assert not await is_shown(asked_after)
    assert await is_shown(edited)
    # Whom its author keeps away is given nothing to show to others.
    unasked = quoting(free)
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        them = await work.session.scalar(sa.select(Actor).where(Actor.uri == eve.uri))
        assert them is not None
        given, none = work.uris.quote(free.id, edited["id"]), work.uris.quote(free.id, unasked["id"])
        assert (await peer.get(given)).status == 200
        await blocks.block(work, me, them)
    assert await ask(unasked) in ("refused", "ignored")
    assert (await peer.get(none)).status == 404


async def test_a_group_shows_nobody_what_was_not_said_to_everybody(target: RigNode, alice: Member, peer: Peer) -> None:
    """A letter that names a group has its readers, also when the group puts it on top of its page."""
    bob, carol = await target.member("Bob Joiner"), await target.member("Carol Other")
    sam, group = peer.person("sam"), peer.person("group", kind="Group")
    group.document["featured"] = f"{group.uri}/featured"
    group_id = await befriend(target, peer, group, carol)
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        letter = await posts.publish(work, me, Draft("@group@p.test @bob among us", visibility="direct"))
    theirs = peer.note(sam, "<p>among us</p>", to=[group.uri, alice.uri], cc=[])
    assert await say(target, peer, sam, peer.activity(sam, "Create", theirs, to=[alice.uri])) == "done"
    copy = await post_of(target, theirs["id"])
    assert copy is not None
    peer.documents["/users/group/featured"] = {
        "id": f"{group.uri}/featured", "type": "OrderedCollection", "orderedItems": [letter.uri, theirs["id"]],
    }  # fmt: skip
    async with target.writing() as work:
        await pins.ask(work, group_id)
    await target.settle()
    async with target.reading() as work:
        assert await can_read(work, bob.actor_id, letter.id)
        assert not [id for id in (letter.id, copy.id) if await can_read(work, carol.actor_id, id)]
