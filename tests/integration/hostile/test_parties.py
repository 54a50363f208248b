"""Acts that change something between two parties, tried by everybody who is none of them."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.associations.model import Vouch
from node.follows import service as follows
from node.follows.model import Follow
from node.inbox.model import Received
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.moderation.model import Block
from node.pins.model import Pin
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from node.reactions.model import Reaction
from schemas.vocabulary import MEMBER_OF, NETWORK
from support.network import Network
from support.nodes import Member, Nodes, RigNode
from support.peer import PUBLIC, Peer, Person

OURS = {"generator": {"type": "Application", "implements": [{"href": NETWORK}]}}
"""Of a node that knows Offers."""


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


@pytest.fixture
async def alice(target: RigNode) -> Member:
    return await target.member("Alice Baker")


async def bring(target: RigNode, peer: Peer, who: Person, activity: dict[str, Any]) -> tuple[str, str]:
    """Send it, let it be worked off, and say what became of it."""
    answer = await peer.send(who, f"{target.base}/ap/inbox", activity)
    assert answer.status in (202, 400, 401, 403), answer.status
    await target.settle()
    async with target.reading() as work:
        row = await work.session.scalar(sa.select(Received).where(Received.uri == activity["id"]))
    return (row.state, row.reason) if row is not None else (str(answer.status), "")


async def actor_of(target: RigNode, peer: Peer, who: Person, alice: Member) -> int:
    """The key of somebody elsewhere, met by a Follow that is taken back."""
    follow = peer.activity(who, "Follow", alice.uri)
    assert (await bring(target, peer, who, follow))[0] == "done"
    assert (await bring(target, peer, who, peer.activity(who, "Undo", follow)))[0] == "done"
    async with target.reading() as work:
        found = await work.session.scalar(sa.select(Actor.id).where(Actor.uri == who.uri))
    assert found is not None
    return found


@pytest.mark.parametrize("verb", ["Accept", "Reject"])
async def test_a_follow_is_answered_by_the_followed_alone(
    target: RigNode, alice: Member, peer: Peer, verb: str
) -> None:
    sam, eve = peer.person("sam"), peer.person("eve")
    sam_id = await actor_of(target, peer, sam, alice)
    await actor_of(target, peer, eve, alice)
    async with target.writing() as work:
        asking, asked = [await work.session.get_one(Actor, id) for id in (alice.actor_id, sam_id)]
        follow = (await follows.follow(work, asking, asked)).uri
    true = {"type": "Follow", "id": follow, "actor": alice.uri, "object": sam.uri}
    for of in (
        follow, true, {**true, "object": eve.uri}, {**true, "id": peer.uri()}, {**true, "actor": eve.uri},
        {"type": "Follow", "actor": alice.uri, "object": eve.uri}, {**true, "object": [sam.uri, eve.uri]},
        {**true, "type": "Offer"}, {**true, "type": "Relationship"}, {**true, "object": {"id": sam.uri}},
    ):  # fmt: skip
        state, _ = await bring(target, peer, eve, peer.activity(eve, verb, of))
        assert state in ("ignored", "refused"), of
    async with target.reading() as work:
        assert await work.session.scalar(sa.select(Follow.state).where(Follow.uri == follow)) == "asked"
    assert (await bring(target, peer, sam, peer.activity(sam, verb, true)))[0] == "done"
    async with target.reading() as work:
        state = await work.session.scalar(sa.select(Follow.state).where(Follow.uri == follow))
    assert state == ("accepted" if verb == "Accept" else "rejected")


async def test_an_invitation_is_between_two(target: RigNode, alice: Member, peer: Peer) -> None:
    sam, eve = peer.person("sam", **OURS), peer.person("eve", **OURS)
    eve.document["commensal:connections"] = f"{eve.uri}/connections"
    sam_id = await actor_of(target, peer, sam, alice)
    await actor_of(target, peer, eve, alice)
    async with target.writing() as work:
        inviting, host = [await work.session.get_one(Actor, id) for id in (alice.actor_id, sam_id)]
        row = await invitations.connect(work, inviting, host, "How did you come to bees?", "I would like to know.")
        offer, uri = row.offer_uri, row.uri
    relationship = {"type": "Relationship", "id": uri, "subject": alice.uri, "object": sam.uri}
    true = {"type": "Offer", "id": offer, "actor": alice.uri, "object": relationship}

    async def state() -> str | None:
        async with target.reading() as work:
            return await work.session.scalar(sa.select(Connection.state).where(Connection.uri == uri))

    for verb in ("Accept", "Reject", "Undo"):
        for of in (
            offer,
            true,
            {**true, "actor": eve.uri},
            {**true, "target": eve.uri},
            {"type": "Offer", "id": offer},
        ):
            assert (await bring(target, peer, eve, peer.activity(eve, verb, of)))[0] in ("ignored", "refused")
    for target_of in (eve.document["commensal:connections"], f"{alice.uri}/connections", f"{sam.uri}/connections"):
        await bring(target, peer, eve, peer.activity(eve, "Remove", uri, target=target_of))
        await bring(target, peer, eve, peer.activity(eve, "Add", relationship, target=target_of))
    assert await state() == "asked"
    # Undoing belongs to who asked: the invited one cannot take it back either.
    assert (await bring(target, peer, sam, peer.activity(sam, "Undo", offer)))[0] == "ignored"
    assert await state() == "asked"
    assert (await bring(target, peer, sam, peer.activity(sam, "Accept", true)))[0] == "done"
    for verb in ("Reject", "Undo"):
        await bring(target, peer, eve, peer.activity(eve, verb, true))
    await bring(target, peer, eve, peer.activity(eve, "Remove", uri, target=eve.document["commensal:connections"]))
    assert await state() == "accepted"


async def test_nobody_invites_in_another_name(target: RigNode, alice: Member, peer: Peer, network: Network) -> None:
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        sam, eve = peer.person("sam", **OURS), other.person("eve", **OURS)
        relationship = {"type": "Relationship", "id": peer.uri(), "subject": sam.uri, "object": alice.uri,
                        "attributedTo": sam.uri,
                        "relationship": "http://purl.org/vocab/relationship/worksWith"}  # fmt: skip
        for odd in (
            relationship, {**relationship, "attributedTo": eve.uri}, {**relationship, "subject": eve.uri},
            {**relationship, "subject": eve.uri, "attributedTo": eve.uri},  # its id is on another server
            {**relationship, "subject": [eve.uri, sam.uri]}, {**relationship, "id": None, "subject": eve.uri},
        ):  # fmt: skip
            state, _ = await bring(target, other, eve, other.activity(eve, "Offer", odd))
            assert state in ("refused", "ignored"), odd
        async with target.reading() as work:
            assert (await work.session.scalars(sa.select(Connection))).all() == []
        assert (await bring(target, peer, sam, peer.activity(sam, "Offer", relationship, content="May I ask?")))[
            0
        ] == "done"
    finally:
        await other.close()


def statement(peer: Peer, subject: str, office: str, **more: Any) -> dict[str, Any]:
    """A membership, served at its id."""
    uri = peer.uri("vouches")
    document = {"id": uri, "type": "Relationship", "subject": subject, "object": office, "attributedTo": office,
                "relationship": MEMBER_OF, **more}  # fmt: skip
    peer.documents[uri.removeprefix(peer.base)] = document
    return document


def affiliate(peer: Peer, who: Person, *items: Any) -> str:
    """Let somebody name these as their memberships."""
    uri = f"{who.uri}/affiliations"
    who.document["commensal:affiliations"] = uri
    peer.documents[uri.removeprefix(peer.base)] = {"id": uri, "type": "Collection", "items": list(items)}
    return uri


async def vouched(target: RigNode) -> set[tuple[str, str]]:
    """Who is shown as a member of whom, besides our own."""
    async with target.reading() as work:
        issuer, subject = aliased(Actor), aliased(Actor)
        rows = await work.session.execute(
            sa.select(subject.uri, issuer.uri)
            .select_from(Vouch)
            .join(issuer, issuer.id == Vouch.issuer_id)
            .join(subject, subject.id == Vouch.subject_id)
            .where(Vouch.revoked_at.is_(None), Vouch.confirmed_at.is_not(None), issuer.is_local.is_(False))
        )
        return {(row[0], row[1]) for row in rows}


async def test_a_membership_takes_both_and_nobody_else(
    target: RigNode, alice: Member, peer: Peer, network: Network
) -> None:
    other = Peer("q.test", network, target.time)
    await other.open()
    try:
        office = other.person("office", kind="Organization")
        office.document["commensal:members"] = f"{office.uri}/members"
        ann, eve = other.person("ann"), peer.person("eve")
        ours = f"{target.base}/ap/actors/office"
        true = statement(other, ann.uri, office.uri)
        forged = [
            statement(peer, eve.uri, office.uri),  # her own server says it
            {**true, "subject": eve.uri},  # the office's server says another thing there
            statement(other, eve.uri, office.uri, attributedTo=eve.uri),  # not the office's word
            statement(other, eve.uri, office.uri, relationship="http://schema.org/knows"),
            {**statement(peer, eve.uri, ours), "id": f"{target.base}/ap/relationships/1"},
            statement(peer, eve.uri, ours),
        ]
        affiliated = affiliate(peer, eve, *forged[:5])
        await bring(target, peer, eve, peer.activity(eve, "Follow", alice.uri))
        await bring(target, peer, eve, peer.activity(eve, "Add", forged[0], target=affiliated))
        await bring(target, peer, eve, peer.activity(eve, "Add", eve.uri, target=f"{office.uri}/members"))
        await bring(
            target, peer, eve, peer.activity(eve, "Add", eve.uri, target=f"{target.base}/ap/actors/office/members")
        )
        assert await vouched(target) == set()
        # The office claims somebody who does not say so.
        statement(other, eve.uri, office.uri)
        affiliate(peer, eve)
        await bring(target, other, office, other.activity(office, "Add", eve.uri, target=f"{office.uri}/members"))
        await bring(target, other, office, other.activity(office, "Add", alice.uri, target=f"{office.uri}/members"))
        assert await vouched(target) == set()
        # Both say so.
        affiliate(other, ann, true["id"])
        added = other.activity(office, "Add", ann.uri, target=f"{office.uri}/members")
        assert (await bring(target, other, office, added))[0] == "done"
        assert await vouched(target) == {(ann.uri, office.uri)}
        # A third party takes nothing back, by no verb.
        for verb, of, where in (
            ("Remove", ann.uri, f"{office.uri}/members"), ("Remove", true["id"], affiliated),
            ("Remove", true["id"], f"{ann.uri}/affiliations"), ("Delete", true["id"], None), ("Delete", true, None),
            ("Undo", {"type": "Add", "actor": office.uri, "object": ann.uri}, None),
        ):  # fmt: skip
            await bring(target, peer, eve, peer.activity(eve, verb, of, **({"target": where} if where else {})))
        cora = other.person("cora")  # nor does somebody on the association's own server
        await bring(target, other, cora, other.activity(cora, "Delete", true["id"]))
        assert await vouched(target) == {(ann.uri, office.uri)}
        # An id used again for somebody else: the later word breaks nothing.
        bea = other.person("bea")
        other.documents[true["id"].removeprefix(other.base)] = {**true, "subject": bea.uri}
        affiliate(other, bea, true["id"])
        again = other.activity(office, "Add", bea.uri, target=f"{office.uri}/members")
        assert (await bring(target, other, office, again))[0] == "done"
        assert await vouched(target) == {(bea.uri, office.uri)}
        async with target.reading() as work:
            stuck = await work.session.scalars(
                sa.select(Received.reason).where(Received.state.in_(("waiting", "failed")))
            )
            assert stuck.all() == []
    finally:
        await other.close()


async def test_an_id_of_a_neighbour_blocks_nothing(target: RigNode, alice: Member, peer: Peer) -> None:
    """Somebody on the same server says what another will say, under the other's ids."""
    sam, eve = peer.person("sam", **OURS), peer.person("eve", **OURS)
    bob = await target.member("Bob Joiner")
    follow, offer = peer.uri("activities"), peer.uri("activities")
    relationship = {"type": "Relationship", "id": peer.uri(), "subject": eve.uri, "object": alice.uri,
                    "relationship": "http://purl.org/vocab/relationship/worksWith"}  # fmt: skip
    proposal = {"type": "Proposal", "id": peer.uri("proposals"), "purpose": "offer", "name": "Chairs",
                "publishes": {"type": "Intent", "action": "transfer"}}  # fmt: skip
    for who, whom, suffix in ((eve, alice, ""), (sam, bob, "#again")):
        uri = f"{follow}{suffix}"
        await bring(target, peer, who, peer.activity(who, "Follow", whom.uri, id=uri))
        embedded = {"type": "Follow", "id": follow, "actor": who.uri, "object": whom.uri}
        await bring(target, peer, who, peer.activity(who, "Undo", embedded))
        await bring(target, peer, who, peer.activity(who, "Follow", whom.uri))
        said = {**relationship, "subject": who.uri, "object": whom.uri}
        await bring(target, peer, who, peer.activity(who, "Offer", said, id=f"{offer}{suffix}", content="May I?"))
        note = peer.note(who, "Chairs", attachment=[{**proposal, "attributedTo": who.uri}], to=[PUBLIC, whom.uri])
        assert (await bring(target, peer, who, peer.activity(who, "Create", note)))[0] == "done"
    async with target.reading() as work:
        stuck = await work.session.scalars(sa.select(Received.reason).where(Received.state.in_(("waiting", "failed"))))
        assert stuck.all() == []
        assert len((await work.session.scalars(sa.select(Post).where(Post.kind == "listing"))).all()) == 2


async def test_what_somebody_did_is_undone_by_them_alone(target: RigNode, alice: Member, peer: Peer) -> None:
    sam, ann, eve = peer.person("sam"), peer.person("ann"), peer.person("eve")
    async with target.writing() as work:
        me = await work.session.get_one(Actor, alice.actor_id)
        post = await posts.publish(work, me, Draft("Good oak"))
    acts = [
        (sam, peer.activity(sam, "Follow", alice.uri)),
        (sam, peer.activity(sam, "Like", post.uri)),
        (sam, peer.activity(sam, "Announce", post.uri, to=[PUBLIC])),
        (ann, peer.activity(ann, "Block", alice.uri)),
    ]

    async def standing() -> list[int]:
        async with target.reading() as work:
            tables = (Follow, Reaction, Block)
            rows = [await work.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]
            boosts = await work.session.scalar(sa.select(sa.func.count()).where(Post.boost_of_id == post.id))
        return [row or 0 for row in (*rows, boosts)]

    for who, act in acts:
        assert (await bring(target, peer, who, act))[0] == "done"
    assert await standing() == [1] * 4
    for _, act in acts:
        bare = {key: act[key] for key in ("id", "type", "object")}
        for of in (act["id"], act, {**act, "actor": eve.uri}, bare, {**bare, "actor": None}):
            await bring(target, peer, eve, peer.activity(eve, "Undo", of))
    assert await standing() == [1] * 4
    for who, act in acts:
        assert (await bring(target, peer, who, peer.activity(who, "Undo", act["id"])))[0] == "done"
    assert await standing() == [0] * 4


async def test_on_top_of_a_page_stands_what_its_owner_said(target: RigNode, alice: Member, peer: Peer) -> None:
    """Nobody keeps the words of others, not even of a neighbour, on top of their own page, nor clears another's."""
    sam, eve = peer.person("sam"), peer.person("eve")
    for who in (sam, eve):
        who.document["featured"] = f"{who.uri}/featured"
    note, own = [peer.note(who, "Look", to=[PUBLIC, alice.uri]) for who in (sam, eve)]
    for who, said in ((sam, note), (eve, own)):
        assert (await bring(target, peer, who, peer.activity(who, "Create", said)))[0] == "done"

    async def tell(who: Person, verb: str, of: dict[str, Any], page: Person) -> str:
        return (await bring(target, peer, who, peer.activity(who, verb, of["id"], target=f"{page.uri}/featured")))[0]

    assert await tell(sam, "Add", note, sam) == "done"
    assert [await tell(eve, "Add", note, eve), await tell(eve, "Add", own, sam)] == ["refused", "ignored"]
    assert [await tell(eve, "Remove", note, page) for page in (sam, eve)] == ["ignored", "ignored"]
    async with target.reading() as work:
        rows = await work.session.execute(
            sa.select(Actor.uri, Post.uri).select_from(Pin).join(Actor, Actor.id == Pin.actor_id).join(Post)
        )
        assert [tuple(row) for row in rows] == [(sam.uri, note["id"])]


async def test_two_follows_under_one_id(target: RigNode, alice: Member, peer: Peer) -> None:
    """The same server reuses the id of an activity for another actor and another verb."""
    sam, eve = peer.person("sam"), peer.person("eve")
    uri = peer.uri("activities")
    await bring(target, peer, eve, peer.activity(eve, "Follow", alice.uri, id=uri))
    await bring(target, peer, sam, {**peer.activity(sam, "Follow", alice.uri, id=uri), "type": ["Follow", "Like"]})
    later = {**peer.activity(sam, "Follow", alice.uri), "id": None}
    answer = await peer.send(sam, f"{target.base}/ap/inbox", later)
    assert answer.status in (202, 400)
    await target.settle()
    async with target.reading() as work:
        stuck = await work.session.scalars(sa.select(Received.reason).where(Received.state.in_(("waiting", "failed"))))
        assert stuck.all() == []


async def test_an_author_cannot_be_changed_nor_what_is_answered(target: RigNode, alice: Member, peer: Peer) -> None:
    sam, eve = peer.person("sam"), peer.person("eve")
    first, second = peer.note(sam, "One", to=[PUBLIC, alice.uri]), peer.note(sam, "Two", to=[PUBLIC, alice.uri])
    reply = peer.note(sam, "To one", inReplyTo=first["id"], to=[PUBLIC, alice.uri])
    for note in (first, second, reply):
        assert (await bring(target, peer, sam, peer.activity(sam, "Create", note)))[0] == "done"
    target.time.forward(minutes=5)
    updated = target.time().strftime("%Y-%m-%dT%H:%M:%SZ")
    await bring(
        target, peer, sam, peer.activity(sam, "Update", {**reply, "inReplyTo": second["id"], "updated": updated})
    )
    await bring(target, peer, eve, peer.activity(eve, "Update", {**reply, "attributedTo": eve.uri, "updated": updated}))
    await bring(target, peer, sam, peer.activity(sam, "Update", {**reply, "attributedTo": eve.uri, "updated": updated}))
    both = {**reply, "attributedTo": [sam.uri, eve.uri], "content": "Both", "updated": updated}
    await bring(target, peer, eve, peer.activity(eve, "Update", both))
    async with target.reading() as work:
        kept = await work.session.scalar(sa.select(Post).where(Post.uri == reply["id"]))
        assert kept is not None
        author = await work.session.get_one(Actor, kept.author_id)
    assert (author.uri, kept.parent_uri) == (sam.uri, first["id"])
    assert "Both" not in kept.content
