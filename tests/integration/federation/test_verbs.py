"""Every verb of the catalogue: as another program sends it, twice, and from somebody who is not entitled to it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation.catalogue import VERBS
from node.actors.model import Actor
from node.associations.model import Vouch
from node.follows.model import Follow
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.listings.model import Listing
from node.posts.model import Post, Tombstone
from schemas.vocabulary import NETWORK
from support.inbound import DOCUMENTS, ends, post_of, recorded, say
from support.nodes import RigNode
from support.peer import Peer, Person

RECORDED = {
    "Accept": ["mastodon/accept.json", "friendica/accept.json"],
    "Add": ["mastodon/add.json"],
    "Announce": ["mastodon/announce.json", "lemmy/announce.json"],
    "Block": ["mastodon/block.json"],
    "Create": ["mastodon/create.json", "misskey/create.json", "wordpress/create.json", "flohmarkt/create.json"],
    "Delete": ["mastodon/delete.json", "gotosocial/delete.json", "mastodon/delete-actor.json"],
    "EmojiReact": ["pleroma/react.json"],
    "Flag": ["mastodon/flag.json", "lemmy/flag.json", "mobilizon/flag.json"],
    "Follow": ["mastodon/follow.json"],
    "Like": ["mastodon/like.json", "misskey/like.json"],
    "Move": ["mastodon/move.json"],
    "Invite": ["mobilizon/invite.json", "hubzilla/invite.json"],
    "Join": ["mobilizon/join.json"],
    "Leave": ["mobilizon/leave.json"],
    "Offer": ["w3c/offer.json"],
    "QuoteRequest": ["mastodon/quote-request.json"],
    "Reject": ["mastodon/reject.json"],
    "Remove": ["mastodon/remove.json"],
    "Undo": ["mastodon/undo.json", "pleroma/undo.json"],
    "Update": ["mastodon/update.json"],
}
IGNORED = [
    "mastodon/vote.json",
    "gotosocial/vote.json",
    "lemmy/like.json",
]
_SENDERS = (
    "https://masto.test/users/bob",
    "https://masto.test/actor",
    "https://gts.test/users/w",
    "https://wp.test/?author=1",
    "https://floh.test/users/eva",
    "https://friendica.test/profile/fred",
    "https://w3c.test/sally",
    "https://pleroma.test/users/lain",
    "https://misskey.test/users/m1",
    "https://mobi.test/@alice",
    "https://hub.test/channel/hal",
    "https://lemmy.test/u/carl",
    "https://lemmy.test/c/wood",
)
_HOSTS = ("elsewhere", "masto", "gts", "wp", "floh", "friendica", "w3c", "pleroma", "misskey", "mobi", "lemmy", "hub")


def of_today(name: str, sender: Person, peer: Peer, ours: str) -> dict[str, Any]:
    """The recorded document as if ``sender`` sent it to the member ``ours``."""
    names = dict.fromkeys(_SENDERS, sender.uri) | {"https://alpha.test/ap/actors/alice": ours}
    names |= {f"https://{host}.test": peer.base for host in _HOSTS} | {"https://alpha.test": "http://a.test"}
    return recorded(name, **names)


async def follow(node: RigNode, follower: Actor, peer: Peer, person: Person) -> None:
    """The member follows somebody who accepted it."""
    async with node.writing() as work:
        followed = await work.session.scalar(sa.select(Actor).where(Actor.uri == person.uri))
        assert followed is not None
        row = Follow(id=1, uri="http://a.test/ap/activities/7", follower_id=follower.id, followed_id=followed.id,
                     state="accepted", created_at=work.now)  # fmt: skip
        work.session.add(row)


async def meet(node: RigNode, peer: Peer, person: Person) -> None:
    """So that the node knows somebody."""
    await peer.send(person, f"{node.base}/ap/inbox", peer.activity(person, "Like", "http://a.test/x"))


async def counts(node: RigNode) -> dict[str, int]:
    """How many rows there are of everything an activity can change."""
    tables = (Actor, Post, Listing, Follow, Connection, Tombstone, Vouch)
    async with node.reading() as work:
        return {
            table.__name__: int(await work.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in tables
        }


def test_every_verb_has_a_recorded_document() -> None:
    assert set(RECORDED) == set(VERBS)
    assert all((DOCUMENTS / name).is_file() for names in RECORDED.values() for name in names)


def test_every_verb_is_named_in_federation_md() -> None:
    text = (Path(__file__).parents[3] / "FEDERATION.md").read_text()
    assert [verb for verb in VERBS if f"`{verb}`" not in text] == []


@pytest.mark.parametrize("name", [name for names in RECORDED.values() for name in names])
async def test_recorded_documents_are_idempotent(home: RigNode, alice: Actor, peer: Peer, name: str) -> None:
    bob = peer.person("bob")
    await meet(home, peer, bob)
    await follow(home, alice, peer, bob)
    activity = of_today(name, bob, peer, alice.uri)
    await say(home, peer, bob, activity)
    once = await counts(home)
    states = await ends(home)
    assert states[-1][0] in ("done", "ignored", "refused"), states
    for _ in range(2):
        assert (await peer.send(bob, f"{home.base}/ap/inbox", activity)).status == 202
        await home.settle()
    # the same again under another id
    again = {**activity, "id": peer.uri("activities")} if "id" in activity else activity
    assert (await peer.send(bob, f"{home.base}/ap/inbox", again)).status in (202, 403)
    await home.settle()
    assert await counts(home) == once


async def test_words_we_do_not_have_are_kept_as_ignored(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    before = await counts(home)
    for name in IGNORED:
        assert await say(home, peer, bob, of_today(name, bob, peer, alice.uri)) == "ignored", name
        assert await counts(home) == before | {"Actor": before["Actor"] + 1}, name


async def test_a_note_from_mastodon_is_kept_changed_and_forgotten(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    assert await say(home, peer, bob, of_today("mastodon/create.json", bob, peer, alice.uri)) == "done"
    uri = f"{peer.base}/users/bob/statuses/1"
    post = await post_of(home, f"{bob.uri}/statuses/1")
    assert post is not None, uri
    assert "good oak" in post.content
    assert await say(home, peer, bob, of_today("mastodon/update.json", bob, peer, alice.uri)) == "done"
    post = await post_of(home, f"{bob.uri}/statuses/1")
    assert post is not None
    assert post.content == "<p>better oak</p>"
    assert await say(home, peer, bob, of_today("mastodon/delete.json", bob, peer, alice.uri)) == "done"
    post = await post_of(home, f"{bob.uri}/statuses/1")
    assert post is not None
    assert post.deleted_at is not None
    assert post.content == ""
    assert await say(home, peer, bob, of_today("mastodon/update.json", bob, peer, alice.uri)) in ("refused", "done")
    post = await post_of(home, f"{bob.uri}/statuses/1")
    assert post is not None
    assert post.content == ""


async def test_who_is_invited_to_a_gathering_sees_it(home: RigNode, alice: Actor, peer: Peer) -> None:
    hal, eve = peer.person("hal"), peer.person("eve")
    invite = of_today("hubzilla/invite.json", hal, peer, alice.uri)
    assert await say(home, peer, eve, {**invite, "actor": eve.uri, "id": peer.uri()}) == "refused"
    assert await say(home, peer, hal, invite) == "done"
    post = await post_of(home, invite["object"]["id"])
    assert post is not None
    assert (post.kind, post.visibility, post.to) == ("event", "direct", [alice.uri])


async def test_delete_before_create(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    await say(home, peer, bob, of_today("mastodon/delete.json", bob, peer, alice.uri))
    assert await say(home, peer, bob, of_today("mastodon/create.json", bob, peer, alice.uri)) == "refused"
    assert await post_of(home, f"{bob.uri}/statuses/1") is None


async def test_nobody_else_changes_or_deletes(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    await say(home, peer, bob, of_today("mastodon/create.json", bob, peer, alice.uri))
    uri = f"{bob.uri}/statuses/1"
    forged: list[dict[str, Any]] = [
        peer.activity(eve, "Delete", uri),
        peer.activity(eve, "Delete", {"type": "Tombstone", "id": uri}),
        peer.activity(eve, "Delete", bob.uri),
        peer.activity(eve, "Update", {"id": uri, "type": "Note", "attributedTo": eve.uri, "content": "x"}),
        peer.activity(eve, "Update", {"id": uri, "type": "Note", "attributedTo": bob.uri, "content": "x"}),
        peer.activity(eve, "Update", {**bob.document, "name": "Eve was here"}),
        peer.activity(eve, "Create", {"id": uri, "type": "Note", "attributedTo": eve.uri, "content": "x",
                                      "to": [alice.uri]}),
        peer.activity(eve, "Delete", f"{home.base}/ap/actors/alice"),
        peer.activity(eve, "Undo", {"id": "x", "type": "Create", "actor": bob.uri, "object": uri}),
    ]  # fmt: skip
    for activity in forged:
        assert await say(home, peer, eve, activity) in ("refused", "ignored"), activity
    post = await post_of(home, uri)
    assert post is not None
    assert post.deleted_at is None
    assert "good oak" in post.content
    async with home.reading() as work:
        kept = await work.session.scalar(sa.select(Actor).where(Actor.uri == bob.uri))
        assert kept is not None
        assert (kept.name, kept.gone_at) == ("Bob", None)


async def test_nobody_buries_what_another_will_write(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    await say(home, peer, eve, peer.activity(eve, "Delete", f"{bob.uri}/statuses/1"))
    assert await say(home, peer, bob, of_today("mastodon/create.json", bob, peer, alice.uri)) == "done"


async def test_ids_on_other_hosts_leave_no_trace(home: RigNode, alice: Actor, peer: Peer) -> None:
    eve = peer.person("eve")
    foreign = "http://q.test/objects/1"
    note = {"id": foreign, "type": "Note", "attributedTo": eve.uri, "content": "x", "to": [alice.uri]}
    assert await say(home, peer, eve, peer.activity(eve, "Create", note)) == "refused"
    assert await say(home, peer, eve, peer.activity(eve, "Delete", foreign)) == "refused"
    assert await post_of(home, foreign) is None
    async with home.reading() as work:
        assert await work.session.get(Tombstone, foreign) is None
    squat = peer.activity(eve, "Like", "x", id="http://q.test/activities/1")
    assert (await peer.send(eve, f"{home.base}/ap/inbox", squat)).status == 400


async def test_update_keeps_author_and_what_it_answers(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    note = peer.note(bob, "first", to=[alice.uri], inReplyTo=f"{peer.base}/objects/old")
    await say(home, peer, bob, peer.activity(bob, "Create", note))
    moved = {**note, "content": "second", "inReplyTo": f"{peer.base}/objects/new", "updated": "2030-01-01T00:00:00Z"}
    await say(home, peer, bob, peer.activity(bob, "Update", moved))
    post = await post_of(home, note["id"])
    assert post is not None
    assert post.parent_uri == f"{peer.base}/objects/old"


async def test_strangers_talking_among_themselves_are_not_kept(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    note = peer.note(bob, "nothing to do with you")
    assert await say(home, peer, bob, peer.activity(bob, "Create", note)) == "ignored"
    await follow(home, alice, peer, bob)
    note = peer.note(bob, "now it has")
    assert await say(home, peer, bob, peer.activity(bob, "Create", note)) == "done"
    by_address = peer.note(bob, "by address")
    assert await say(home, peer, bob, peer.activity(bob, "Create", by_address["id"])) == "done"
    assert await post_of(home, by_address["id"]) is not None


async def test_offers_of_other_associations_are_kept_unasked(home: RigNode, alice: Actor, peer: Peer) -> None:
    mara = peer.person("mara", generator={"type": "Application", "implements": [{"href": NETWORK}]})
    proposal = {"type": "Proposal", "purpose": "offer", "name": "Oak table", "attributedTo": mara.uri,
                "publishes": {"type": "Intent", "action": "transfer"}}  # fmt: skip
    note = peer.note(mara, "Oak table", attachment=[proposal])
    assert await say(home, peer, mara, peer.activity(mara, "Create", note)) == "done"
    post = await post_of(home, note["id"])
    assert post is not None
    assert post.kind == "listing"


async def test_twenty_twins_have_one_effect(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    activity = of_today("mastodon/follow.json", bob, peer, alice.uri)
    answers = await asyncio.gather(*(peer.send(bob, f"{alice.uri}/inbox", activity) for _ in range(20)))
    assert {answer.status for answer in answers} == {202}
    await home.settle()
    assert (await counts(home))["Follow"] == 1
    assert len(peer.activities("Accept")) == 1
    accepted = peer.activities("Accept")[0]
    assert accepted["object"]["id"] == activity["id"]
    assert await peer.verify(peer.received[-1]) == alice.uri


async def test_a_follow_is_active_only_when_the_followed_says_so(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    await meet(home, peer, bob)
    from node.follows import service as follows

    async with home.writing() as work:
        followed = await work.session.scalar(sa.select(Actor).where(Actor.uri == bob.uri))
        assert followed is not None
        row = await follows.follow(work, alice, followed)
    await home.settle()
    asked = peer.activities("Follow")[0]
    assert await say(home, peer, eve, peer.activity(eve, "Accept", asked)) == "refused"
    assert await say(home, peer, eve, peer.activity(eve, "Accept", asked["id"])) == "ignored"
    async with home.reading() as work:
        assert (await work.session.get_one(Follow, row.id)).state == "asked"
    assert await say(home, peer, bob, peer.activity(bob, "Accept", asked)) == "done"
    async with home.reading() as work:
        assert (await work.session.get_one(Follow, row.id)).state == "accepted"
    assert await say(home, peer, bob, peer.activity(bob, "Block", alice.uri)) == "done"
    async with home.reading() as work:
        assert (await work.session.get_one(Follow, row.id)).state == "rejected"


async def test_an_account_that_is_closed_takes_everything_along(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    await say(home, peer, bob, of_today("mastodon/create.json", bob, peer, alice.uri))
    await say(home, peer, bob, of_today("mastodon/follow.json", bob, peer, alice.uri))
    assert await say(home, peer, bob, of_today("mastodon/delete-actor.json", bob, peer, alice.uri)) == "done"
    post = await post_of(home, f"{bob.uri}/statuses/1")
    assert post is not None
    assert post.deleted_at is not None
    assert (await counts(home))["Follow"] == 0
    again = peer.activity(bob, "Create", peer.note(bob, "I am back", to=[alice.uri]))
    assert (await peer.send(bob, f"{home.base}/ap/inbox", again)).status == 403


async def test_an_account_whose_key_is_gone_is_believed_gone(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    await say(home, peer, bob, of_today("mastodon/create.json", bob, peer, alice.uri))
    async with home.writing() as work:
        from node.actors.model import ActorKey

        await work.session.execute(sa.delete(ActorKey).where(ActorKey.uri == bob.key_id))
    peer.documents["/users/bob"] = (410, {"type": "Tombstone", "id": bob.uri})
    farewell = of_today("mastodon/delete-actor.json", bob, peer, alice.uri)
    assert (await peer.send(bob, f"{home.base}/ap/inbox", farewell)).status == 202
    await home.settle()
    post = await post_of(home, f"{bob.uri}/statuses/1")
    assert post is not None
    assert post.deleted_at is not None


async def test_farewells_of_strangers_cost_nothing(home: RigNode, peer: Peer) -> None:
    bob = peer.person("bob")
    for farewell in (
        peer.activity(bob, "Delete", bob.uri),
        peer.activity(bob, "Delete", {"id": bob.uri, "type": "Tombstone"}),
        peer.activity(bob, "Delete", bob.uri) | {"id": None},
    ):
        answer = await peer.send(bob, f"{home.base}/ap/inbox", farewell)
        assert answer.status == 202
    assert peer.requests == []
    assert await ends(home) == []


async def test_a_profile_is_refreshed_by_its_owner(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    await meet(home, peer, bob)
    changed = {**bob.document, "name": "Robert", "commensal:hostCard": {"commensal:opens": "social"}}
    assert await say(home, peer, bob, peer.activity(bob, "Update", changed)) == "done"
    async with home.reading() as work:
        kept = await work.session.scalar(sa.select(Actor).where(Actor.uri == bob.uri))
        assert kept is not None
        assert kept.name == "Robert"


async def test_an_invitation_is_put_to_the_member_and_answered(home: RigNode, alice: Actor, peer: Peer) -> None:
    sally = peer.person("sally")
    offer = of_today("w3c/offer.json", sally, peer, alice.uri)
    offer |= {"content": "<p>Which flour do you use?</p>"}
    stolen = {**offer, "id": peer.uri("activities")}
    stolen["object"] = {**offer["object"], "subject": f"{peer.base}/users/somebody"}
    assert await say(home, peer, sally, stolen) == "refused"
    assert await say(home, peer, sally, offer) == "done"
    async with home.writing() as work:
        row = await work.session.scalar(sa.select(Connection))
        assert row is not None
        assert (row.state, row.question) == ("asked", "Which flour do you use?")
        host = await work.session.get_one(Actor, alice.id)
        await invitations.accept(work, host, row.id)
    await home.settle()
    assert offer["id"] in [activity["object"] for activity in peer.activities("Accept")]


async def test_what_is_refused_stays_refused(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = peer.person("bob")
    two = peer.activity(bob, "Create", {**peer.note(bob, "x"), "attributedTo": [bob.uri, alice.uri]})
    assert (await peer.send(bob, f"{home.base}/ap/inbox", two)).status == 400
    unknown = peer.activity(bob, "Create", {"id": peer.uri(), "type": "Spaceship", "attributedTo": bob.uri})
    assert await say(home, peer, bob, unknown) == "ignored"
    assert await say(home, peer, bob, peer.activity(bob, "SomethingNew", "x")) == "ignored"


async def test_a_hanging_host_does_not_hold_up_others(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    await meet(home, peer, bob)
    await meet(home, peer, eve)
    await home.settle()
    # eve's object is only given by an address that is not there: it is tried again later
    lost = peer.activity(eve, "Create", f"{peer.base}/objects/lost", to=[alice.uri])
    peer.documents["/objects/lost"] = (503, {})
    await peer.send(eve, f"{home.base}/ap/inbox", lost)
    await peer.send(bob, f"{home.base}/ap/inbox", peer.activity(bob, "Create", peer.note(bob, "hi", to=[alice.uri])))
    await home.settle()
    assert [state for state, _ in await ends(home)][-2:] == ["waiting", "done"]
    note = peer.note(eve, "found", to=[alice.uri], id=f"{peer.base}/objects/lost")
    peer.documents["/objects/lost"] = note
    home.time.forward(minutes=10)
    await home.settle()
    assert [state for state, _ in await ends(home)][-2:] == ["done", "done"]


async def test_what_no_column_holds_is_left_out_alike_on_both_databases(
    home: RigNode, alice: Actor, peer: Peer
) -> None:
    mara = peer.person("mara", generator={"type": "Application", "implements": [{"href": NETWORK}]})
    long = "x" * 5000
    proposal = {
        "type": "Proposal",
        "id": f"{peer.base}/proposals/1",
        "purpose": "offer",
        "name": long,
        "endTime": "9999-12-31T23:59:59Z",
        "location": {"type": "Place", "name": long, "latitude": 1e300, "longitude": "13.0"},
        "publishes": {"type": "Intent", "action": long, "resourceQuantity": {"hasUnit": long, "hasNumericalValue": "1"},
                      "availableQuantity": {"hasUnit": "one", "hasNumericalValue": "999999999999999.999"}},
        "reciprocal": {"type": "Intent", "resourceQuantity": {"hasUnit": "EUR", "hasNumericalValue": 99999999999999.0}},
    }  # fmt: skip
    for number in (1, 2):
        note = peer.note(
            mara,
            "<p>" + "\u0000" + long + "</p>",
            attachment=[
                proposal,
                {
                    "type": "Image",
                    "url": f"{peer.base}/1.png",
                    "name": long,
                    "width": 2**50,
                    "height": -1,
                    "blurhash": long,
                },
                {"type": "Image", "url": "http://" + long, "mediaType": long},
            ],
            tag=[{"type": "Hashtag", "name": f"#{'ß' * 100}"}, {"type": "Mention", "href": long, "name": long}],
            contentMap={"zh-Hant-x-abcdefgh-abcdefgh": "<p>" + long + "</p>"},
            summary=long,
            published="0001-01-01T00:00:00Z",
            conversation=long,
            id=f"{peer.base}/objects/{'y' * 2000}{number}",
        )
        assert await say(home, peer, mara, peer.activity(mara, "Create", note)) == "done", await ends(home)
        post = await post_of(home, note["id"])
        assert post is not None
        assert post.kind == "listing"
