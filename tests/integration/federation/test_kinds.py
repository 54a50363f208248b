"""Every kind of the catalogue: golden, served, carried between two nodes from Create to Delete, refused from others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from federation.acquaintance import Acquaintance
from federation.errors import Busy
from federation.signatures import proofs
from federation.signatures.keys import read_private_pem
from node import catalogue
from node.actors.model import Actor
from node.associations import vouches
from node.follows import service as follows
from node.follows.model import Follow
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.listings import service as listings
from node.listings.model import Listing
from node.money import Money
from node.polls.rules import PollDraft
from node.posts import service as posts
from node.posts.model import Post
from node.work import Writing
from schemas.relationship import Relationship
from schemas.values import parse
from schemas.vocabulary import MEMBER_OF
from support.inbound import DOCUMENTS, Members, post_of, say
from support.network import Network
from support.nodes import RigNode, a_pair
from support.peer import Peer
from support.said import activities
from support.strict import complaints

Step = Callable[[Writing, Actor, int], Awaitable[Post]]


@dataclass(frozen=True)
class Verbs:
    """What a member does with one kind, and the golden document of it."""

    golden: str
    publish: Callable[[Writing, Actor], Awaitable[Post]]
    revise: Step
    withdraw: Step
    first: str
    second: str


def _offer(text: str) -> listings.Draft:
    return listings.Draft("offer", text, "Seasoned.", terms="price", price=Money(190000, "EUR"))


VERBS = {
    "note": Verbs(
        "commensal/note-post.json",
        lambda work, author: posts.publish(work, author, posts.Draft("Good oak #wood")),
        lambda work, author, id: posts.revise(work, author, id, posts.Draft("Better oak")),
        posts.withdraw,
        "Good oak",
        "Better oak",
    ),
    "article": Verbs(
        "commensal/note-article.json",
        lambda work, author: posts.publish(work, author, posts.Draft("Good oak. And more.", title="On oak")),
        lambda work, author, id: posts.revise(work, author, id, posts.Draft("Better oak.", title="On oak")),
        posts.withdraw,
        "Good oak",
        "Better oak",
    ),
    "poll": Verbs(
        "commensal/note-poll.json",
        lambda work, author: posts.publish(work, author, posts.Draft("Good oak?", poll=PollDraft(("Yes", "No")))),
        lambda work, author, id: posts.revise(work, author, id, posts.Draft("Better oak?")),
        posts.withdraw,
        "Good oak",
        "Better oak",
    ),
    "listing": Verbs(
        "commensal/note-listing.json",
        lambda work, author: listings.publish(work, author, _offer("Good table")),
        lambda work, author, id: listings.revise(work, author, id, _offer("Better table")),
        listings.withdraw,
        "Good table",
        "Better table",
    ),
}
READ_ONLY = {"event": "gancio/event.json", "other": "funkwhale/audio.json"}
"""What only others write, as they write it."""
GROUNDED = {"testimonial": "commensal/note-recommendation.json"}
"""What is kept as such only where the two have something behind them: tests/commerce/test_half_recommendations.py."""
KINDS = [kind.name for kind in catalogue.KINDS if kind.name not in READ_ONLY | GROUNDED]


def test_every_kind_is_tried() -> None:
    assert VERBS.keys() | READ_ONLY.keys() | GROUNDED.keys() == {kind.name for kind in catalogue.KINDS}


@pytest.mark.parametrize("name", [*KINDS, *READ_ONLY, *GROUNDED])
def test_a_golden_document_is_claimed_by_its_kind_alone(name: str) -> None:
    golden = parse((DOCUMENTS / ((READ_ONLY | GROUNDED).get(name) or VERBS[name].golden)).read_bytes())
    claiming = catalogue.claiming(golden)
    assert claiming is not None
    assert claiming.name == name


async def befriend(node: RigNode, follower: Actor, other: RigNode, followed: Actor) -> None:
    """``follower`` at ``node`` looks the other up and follows."""
    found = await node._worker.directory.find(f"@{followed.username}@{other.config.host}")
    async with node.writing() as work:
        await follows.follow(work, follower, await work.session.get_one(Actor, found.id))
    await node.settle()
    async with node.reading() as work:
        row = await work.session.scalar(sa.select(Follow).where(Follow.follower_id == follower.id))
        assert row is not None
        assert row.state == "accepted"


@pytest.mark.parametrize("name", KINDS)
async def test_from_create_to_delete_between_two_nodes(
    two_nodes: tuple[RigNode, RigNode], member: Members, peer: Peer, name: str
) -> None:
    here, there = two_nodes
    verbs = VERBS[name]
    mara, bob = await member(here, "mara"), await member(there, "bob")
    await befriend(there, bob, here, mara)

    async with here.writing() as work:
        post = await verbs.publish(work, mara)
    served = await peer.get(post.uri)
    assert served.status == 200
    claiming = catalogue.claiming(served.json)
    assert claiming is not None
    assert claiming.name == name
    await here.settle()
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert copy.kind == name
    assert verbs.first in copy.content
    assert not copy.is_local

    here.time.forward(minutes=1)
    async with here.writing() as work:
        await verbs.revise(work, mara, post.id)
    await here.settle()
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert verbs.second in copy.content
    if name == "listing":
        async with there.reading() as work:
            listing = await work.session.get_one(Listing, copy.id)
            assert (listing.title, listing.price, listing.currency) == ("Better table", 190000, "EUR")

    # somebody else at another server says what is mara's
    eve = peer.person("eve")
    for forged in (
        peer.activity(eve, "Update", {**served.json, "content": "<p>eve was here</p>"}),
        peer.activity(eve, "Update", {**served.json, "content": "<p>eve was here</p>", "attributedTo": eve.uri}),
        peer.activity(eve, "Delete", post.uri),
        peer.activity(eve, "Create", {**served.json, "content": "<p>eve was here</p>"}),
    ):
        assert await say(there, peer, eve, forged) == "refused"
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert verbs.second in copy.content

    async with here.writing() as work:
        await verbs.withdraw(work, mara, post.id)
    await here.settle()
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert copy.deleted_at is not None
    assert copy.content == ""
    grave = await peer.get(post.uri)
    assert (grave.status, grave.json["formerType"]) == (410, served.json["type"])


async def test_the_other_association_vouches(two_nodes: tuple[RigNode, RigNode], member: Members) -> None:
    here, there = two_nodes
    mara, bob = await member(here, "mara"), await member(there, "bob")
    await befriend(there, bob, here, mara)
    async with there.reading() as work:
        known = await work.session.scalar(sa.select(Actor).where(Actor.uri == mara.uri))
        assert known is not None
        found = await vouches.vouchers(work, [known.id])
        assert [voucher.name for voucher in found[known.id]] == ["Association A"]
    async with here.writing() as work:
        await vouches.revoke(work, mara)
    await here.settle()
    async with there.reading() as work:
        assert await vouches.vouchers(work, [known.id]) == {known.id: []}


async def test_a_membership_that_only_one_side_claims_does_not_count(home: RigNode, alice: Actor, peer: Peer) -> None:
    office = peer.person("office", kind="Organization")
    claim = {"id": f"{peer.base}/vouches/1", "type": "Relationship", "subject": "", "object": office.uri,
             "attributedTo": office.uri, "relationship": "http://schema.org/memberOf"}  # fmt: skip
    eve = peer.person("eve")
    listed = f"{eve.uri}/affiliations"
    eve.document["commensal:affiliations"] = listed
    items: list[dict[str, Any]] = [{**claim, "subject": eve.uri}]
    peer.documents["/users/eve/affiliations"] = {"id": listed, "type": "Collection", "items": items}
    await say(home, peer, eve, peer.activity(eve, "Follow", alice.uri))
    async with home.reading() as work:
        known = await work.session.scalar(sa.select(Actor).where(Actor.uri == eve.uri))
        assert known is not None
        assert await vouches.vouchers(work, [known.id]) == {known.id: []}
    peer.documents["/vouches/1"] = items[0]
    home.time.forward(days=2)
    await say(home, peer, eve, peer.activity(eve, "Like", alice.uri))
    await say(home, peer, eve, peer.activity(eve, "Follow", alice.uri))
    async with home.reading() as work:
        found = await vouches.vouchers(work, [known.id])
        assert [voucher.uri for voucher in found[known.id]] == [office.uri]


async def test_a_proof_stands_for_an_association_whose_server_is_away(
    home: RigNode, alice: Actor, peer: Peer, network: Network
) -> None:
    guild = Peer("guild.test", network, peer.clock)
    await guild.open()
    pair = a_pair()
    office = guild.person("office", kind="Organization")
    key = {"id": f"{office.uri}#ed", "type": "Multikey", "controller": office.uri}
    office.document["assertionMethod"] = [{**key, "publicKeyMultibase": pair.ed25519_public}]
    guild.documents["/vouches/1"] = (503, {})
    eve = peer.person("eve", **{"commensal:affiliations": f"{peer.base}/users/eve/affiliations"})
    claim = Relationship(f"{guild.base}/vouches/1", eve.uri, office.uri, MEMBER_OF, office.uri).write()
    secret = read_private_pem(pair.ed25519_private)
    proven = proofs.sign(claim, key["id"], secret, home.clock())  # type: ignore[arg-type]

    async def vouching(shown: dict[str, Any]) -> list[str]:
        """Who vouches for eve once she shows this."""
        peer.documents["/users/eve/affiliations"] = {
            "id": f"{peer.base}/users/eve/affiliations", "type": "Collection", "items": [shown],
        }  # fmt: skip
        home.time.forward(days=2)
        for about in ("Like", "Follow"):
            await say(home, peer, eve, peer.activity(eve, about, alice.uri))
        async with home.reading() as work:
            known = await work.session.scalar(sa.select(Actor).where(Actor.uri == eve.uri))
            assert known is not None
            return [voucher.uri for voucher in (await vouches.vouchers(work, [known.id]))[known.id]]

    ask = home.worker.directory.document

    async def have_no_time(uri: str, **how: Any) -> Any:
        if uri == claim["id"]:
            raise Busy("too many wait")
        return await ask(uri, **how)

    assert await vouching(claim) == []
    assert await vouching({**proven, "startTime": "2020-01-01T00:00:00Z"}) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home.worker.directory, "document", have_no_time)
        assert await vouching(proven) == [], "its server may well be there"
    assert await vouching(proven) == [office.uri]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home.worker.directory, "document", have_no_time)
        assert await vouching(claim) == [office.uri], "nobody said no"
    assert await say(home, guild, office, guild.activity(office, "Delete", claim["id"])) == "done"
    assert await vouching(proven) == []
    await guild.close()


async def test_an_invitation_between_two_nodes(two_nodes: tuple[RigNode, RigNode], member: Members) -> None:
    here, there = two_nodes
    mara, bob = await member(here, "mara"), await member(there, "bob")
    found = await here._worker.directory.find("@bob@b.test")
    async with here.writing() as work:
        inviting = await work.session.get_one(Actor, mara.id)
        host = await work.session.get_one(Actor, found.id)
        asked = await invitations.connect(work, inviting, host, "Which flour do you use?", "We met in Malmö.")
    assert [wrong for said in await activities(here) if (wrong := complaints(said))] == []
    await here.settle()
    async with there.writing() as work:
        row = await work.session.scalar(sa.select(Connection))
        assert row is not None
        assert (row.question, row.about, row.state) == ("Which flour do you use?", "We met in Malmö.", "asked")
        invited = await work.session.get_one(Actor, bob.id)
        await invitations.accept(work, invited, row.id, "Rye.")
    await there.settle()
    async with here.reading() as work:
        answered = await work.session.get_one(Connection, asked.id)
        assert (answered.state, answered.answer) == ("accepted", "Rye.")
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Follow)) == 2
    async with there.reading() as work:
        states = await work.session.scalars(sa.select(Follow.state))
        assert sorted(states) == ["accepted", "accepted"]


async def test_who_is_looked_up_comes_with_their_association_and_offers(
    two_nodes: tuple[RigNode, RigNode], member: Members
) -> None:
    here, there = two_nodes
    mara, bob = await member(here, "mara"), await member(there, "bob")
    async with here.writing() as work:
        post = await listings.publish(work, mara, _offer("Oak table"))
    found = await there._worker.directory.find("@mara@a.test")
    await Acquaintance(there, there._worker.directory).meet(found.uri)
    async with there.reading() as work:
        vouchers = await vouches.vouchers(work, [found.id])
        assert [voucher.name for voucher in vouchers[found.id]] == ["Association A"]
    copy = await post_of(there, post.uri)
    assert copy is not None
    assert copy.kind == "listing"
    assert bob.id != copy.author_id
