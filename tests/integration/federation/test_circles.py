"""Circles: people of other programs and other nodes come in, say something, are heard, and are shown the door."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from federation import featured
from federation.context import FEDERATION
from node.accounts.model import Account
from node.actors.model import Actor
from node.blocks import service as blocks
from node.circles import distribution, members, rules
from node.circles import service as circles
from node.circles.model import CircleInvitation, CircleMember
from node.circles.rules import Facts
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from node.follows import service as follows
from node.invitations import circles as invitations
from node.listings import service as listings
from node.notifications.model import Notification
from node.pins import circles as on_top
from node.pins import service as pins
from node.pins.model import Pin
from node.posts import circulation, places, queries, timelines
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from node.reactions import service as reactions
from node.windows import Window
from node.work import Writing
from support.clock import Clock
from support.inbound import Members, ends, post_of, recorded, say
from support.network import Network
from support.nodes import RigNode, a_pair
from support.peer import PUBLIC, Peer, Person


async def begin(node: RigNode, founder: Actor, name: str = "Wood", **facts: Any) -> Actor:
    async with node.writing() as work:
        return await circles.create(work, founder, Facts(name, **facts), a_pair())


async def tell(node: RigNode, author: Actor, group: Actor, text: str, parent: Post | None = None) -> Post:
    async with node.writing() as work:
        circle_id = None if parent else group.id
        draft = Draft(text=text, circle_id=circle_id, parent_id=parent.id if parent else None)
        return await posts.publish(work, author, draft)


async def row(work: Writing, uri: str) -> Actor:
    found = await work.session.scalar(sa.select(Actor).where(Actor.uri == uri))
    assert found is not None
    return found


async def inside(node: RigNode, group: Actor) -> list[tuple[str, str, str]]:
    async with node.reading() as work:
        rows = await work.session.execute(
            sa.select(Actor.username, CircleMember.role, CircleMember.state)
            .join(CircleMember, CircleMember.actor_id == Actor.id)
            .where(CircleMember.circle_id == group.id)
            .order_by(Actor.username)
        )
        return [(row[0], row[1], row[2]) for row in rows]


async def kept(node: RigNode, uri: str) -> Post:
    found = await post_of(node, uri)
    assert found is not None, uri
    return found


async def told(node: RigNode) -> list[str]:
    async with node.reading() as work:
        rows = await work.session.scalars(sa.select(Notification.kind).order_by(Notification.id))
        return list(rows)


async def in_home(node: RigNode, viewer: Actor) -> list[str]:
    """The addresses of what stands in somebody's home; of what was passed on, the post itself."""
    async with node.reading() as work:
        found: dict[str, None] = {}
        for id in await timelines.home(work, viewer.id, Window(20)):
            post = await work.session.get_one(Post, id)
            original = await work.session.get_one(Post, post.boost_of_id) if post.boost_of_id else post
            found[original.uri] = None
        return list(found)


@pytest.fixture
async def lemmy(network: Network, clock: Clock) -> AsyncIterator[Peer]:
    peer = Peer("lemmy.test", network, clock)
    peer.software = "lemmy"
    await peer.open()
    yield peer
    await peer.close()


def of_lemmy(name: str, person: Person, group: Actor, **more: str) -> dict[str, Any]:
    names = {"https://lemmy.test/u/carl": person.uri, "https://alpha.test/ap/actors/wood": group.uri}
    return recorded(name, **names, **more, **{"https://lemmy.test": "http://lemmy.test"})


async def test_followers_of_other_programs_each_hear_in_the_form_they_know(
    home: RigNode, member: Members, alice: Actor, peer: Peer, lemmy: Peer
) -> None:
    """Mastodon: Follow, a post that names the circle. Lemmy: Follow, Create(Page), a vote."""
    peer.software = "mastodon"
    bob, carl, eve = peer.person("bob"), lemmy.person("carl"), peer.person("eve")
    group = await begin(home, alice, about="All about **wood**.")
    document = (await peer.get(group.uri)).json
    assert (document["type"], document["attributedTo"]) == ("Group", f"{group.uri}/moderators")
    assert document["commensal:openness"] == "open"
    assert document["postingRestrictedToMods"] is document["manuallyApprovesFollowers"] is False
    assert {"publicKey", "assertionMethod", "outbox", "featured", "followers", "inbox"} <= document.keys()
    assert (await peer.get(document["attributedTo"])).json["orderedItems"] == [alice.uri]
    finger = await peer.get(f"{home.base}/.well-known/webfinger?resource=acct:wood@a.test")
    assert {"rel": "self", "type": "application/activity+json", "href": group.uri} in finger.json["links"]

    for server, person in ((peer, bob), (lemmy, carl)):
        follow = server.activity(person, "Follow", group.uri)
        assert await say(home, server, person, follow) == "done"
        accept = server.activities("Accept")[0]
        assert (accept["actor"], accept["object"]["id"], accept["object"]["type"]) == (
            group.uri,
            follow["id"],
            "Follow",
        )
    assert await inside(home, group) == [
        ("alice", "moderator", "member"), ("bob", "member", "member"), ("carl", "member", "member")
    ]  # fmt: skip

    # what a member here says
    post = await tell(home, alice, group, "Good oak, anybody?")
    await home.settle()
    note = (await peer.get(post.uri)).json
    assert (note["to"], note["cc"], note["audience"]) == ([group.uri, PUBLIC], [group.followers_uri], group.uri)
    assert {"type": "Mention", "href": group.uri, "name": "@wood@a.test"} in note["tag"]
    assert [(a["actor"], a["object"]) for a in peer.activities("Announce")] == [(group.uri, post.uri)]
    (whole,) = lemmy.activities("Announce")
    assert (whole["actor"], whole["object"]["type"], whole["object"]["actor"]) == (group.uri, "Create", alice.uri)
    assert whole["object"]["object"]["id"] == post.uri
    assert (await lemmy.get(whole["object"]["id"])).json["type"] == "Create"
    assert peer.activities("Create") == lemmy.activities("Create") == []

    # a post from Lemmy, whole to Lemmy and by its id to Mastodon
    page = of_lemmy("lemmy/create-page.json", carl, group)
    assert await say(home, lemmy, carl, page) == "done"
    assert peer.activities("Announce")[-1]["object"] == page["object"]["id"]
    assert lemmy.activities("Announce")[-1]["object"] == page
    found = await kept(home, page["object"]["id"])
    assert found.circle_id == group.id
    assert (await lemmy.get(f"{group.uri}/outbox")).json["totalItems"] == 2

    # a post from Mastodon, which names the circle as one names a person
    mention = [{"type": "Mention", "href": group.uri, "name": "@wood@a.test"}]
    note = peer.note(bob, "<p>@wood Elm!</p>", tag=mention, cc=[f"{bob.uri}/followers", group.uri])
    assert await say(home, peer, bob, peer.activity(bob, "Create", note, to=note["to"], cc=note["cc"])) == "done"
    assert lemmy.activities("Announce")[-1]["object"]["object"]["id"] == note["id"]
    assert await in_home(home, alice) == [note["id"], page["object"]["id"], post.uri]
    # the same again is passed on once
    number = len(lemmy.received)
    again = peer.activity(bob, "Update", {**note, "content": "x"}, to=note["to"])
    assert await say(home, peer, bob, again) == "done"
    assert lemmy.activities("Announce")[-1]["object"]["type"] == "Update"
    assert len(lemmy.received) == number + 1

    # an answer, and a vote
    reply = lemmy.note(carl, "<p>Yes!</p>", inReplyTo=post.uri, to=[PUBLIC], cc=[group.uri, alice.uri])
    assert await say(home, lemmy, carl, lemmy.activity(carl, "Create", reply, to=reply["to"], cc=reply["cc"])) == "done"
    found = await kept(home, reply["id"])
    assert found.circle_id == group.id
    assert peer.activities("Announce")[-1]["object"] == reply["id"]
    vote = of_lemmy("lemmy/like-page.json", carl, group, **{"https://alpha.test/ap/objects/1": post.uri})
    assert await say(home, lemmy, carl, vote) == "done"
    assert lemmy.activities("Announce")[-1]["object"] == vote
    found = await kept(home, post.uri)
    assert found.likes == 1

    # who is not in the circle puts nothing into it, nor does anybody in a name that is not theirs
    stray = peer.note(eve, "<p>Buy!</p>", tag=mention, cc=[group.uri])
    number = len(lemmy.received)
    await say(home, peer, eve, peer.activity(eve, "Create", stray, to=stray["to"], cc=stray["cc"]))
    found = await kept(home, stray["id"])
    assert found.circle_id is None
    await say(home, peer, eve, peer.activity(eve, "Accept", peer.activities("Accept")[0]["object"]))
    await say(home, peer, eve, peer.activity(eve, "Add", eve.uri, target=f"{group.uri}/moderators"))
    await say(home, peer, eve, peer.activity(eve, "Leave", group.uri))
    await say(home, peer, eve, peer.activity(eve, "Announce", peer.activity(eve, "Create", stray), to=[PUBLIC]))
    assert len(lemmy.received) == number
    assert len(await inside(home, group)) == 3

    # a moderator takes a post out, and a person
    async with home.writing() as work:
        with pytest.raises(Forbidden):
            await circulation.take_out(work, await row(work, carl.uri), group.id, found.id)
    post = await kept(home, note["id"])
    async with home.writing() as work:
        await circulation.take_out(work, alice, group.id, post.id)
        await members.remove(work, alice, group.id, (await row(work, bob.uri)).id, "selling")
    await home.settle()
    assert peer.activities("Undo")[-1]["object"]["object"] == note["id"]
    assert peer.activities("Reject")[-1]["object"]["actor"] == bob.uri
    decided = {activity["object"]["type"]: activity["object"] for activity in lemmy.activities("Announce")[-2:]}
    removal, block = decided["Delete"], decided["Block"]
    assert (removal["type"], removal["actor"], removal["object"]) == ("Delete", alice.uri, note["id"])
    assert (block["type"], block["object"], block["target"]) == ("Block", bob.uri, group.uri)
    assert await say(home, peer, bob, peer.activity(bob, "Follow", group.uri)) == "done"
    assert peer.activities("Reject")[-1]["object"]["actor"] == bob.uri
    assert ("bob", "member", "removed") in await inside(home, group)

    # going by oneself, and the end
    assert (
        await say(home, lemmy, carl, lemmy.activity(carl, "Undo", lemmy.activity(carl, "Follow", group.uri))) == "done"
    )
    assert len(await inside(home, group)) == 2
    async with home.writing() as work:
        await circles.end(work, alice, group.id)
    assert (await peer.get(group.uri)).status == 410
    assert await say(home, lemmy, carl, lemmy.activity(carl, "Follow", group.uri)) == "refused"


async def test_moderators_keep_a_post_on_top(home: RigNode, alice: Actor, lemmy: Peer) -> None:
    carl = lemmy.person("carl")
    group = await begin(home, alice)
    assert await say(home, lemmy, carl, lemmy.activity(carl, "Follow", group.uri)) == "done"
    post = await tell(home, alice, group, "Good oak, anybody?")
    for is_on_top in (True, False):
        async with home.writing() as work:
            await on_top.keep(work, await row(work, alice.uri), group.id, post.id, is_on_top=is_on_top)
        featured = (await lemmy.get(f"{group.uri}/featured")).json
        assert featured["orderedItems"] == ([post.uri] if is_on_top else [])
    await home.settle()
    announced = [one["object"] for one in lemmy.activities("Announce") if one["object"]["type"] in ("Add", "Remove")]
    assert [(one["type"], one["object"], one["target"]) for one in announced] == [
        (kind, post.uri, f"{group.uri}/featured") for kind in ("Add", "Remove")
    ]


async def test_mobilizon_asks_is_invited_and_invites(home: RigNode, alice: Actor, peer: Peer, network: Network) -> None:
    """Join, an Invite and the Member that accepts it; and its Invite to a member of ours."""
    peer.software = "mobilizon"
    mobi = {"https://mobi.test": peer.base}
    anna = peer.person("anna")
    group = await begin(home, alice, openness="request")
    join = recorded(
        "mobilizon/join-group.json",
        **{"https://mobi.test/@alice": anna.uri, "https://alpha.test/ap/actors/wood": group.uri},
        **mobi,
    )
    assert await say(home, peer, anna, join) == "done"
    assert peer.activities() == []
    assert await told(home) == ["circle_request"]
    async with home.writing() as work:
        await members.let_in(work, alice, group.id, (await row(work, anna.uri)).id)
    await home.settle()
    (accept,) = peer.activities("Accept")
    assert (accept["actor"], accept["object"]["type"], accept["object"]["id"]) == (group.uri, "Join", join["id"])
    assert await told(home) == []
    assert await say(home, peer, anna, peer.activity(anna, "Leave", group.uri)) == "done"
    assert await inside(home, group) == [("alice", "moderator", "member")]

    async with home.writing() as work:
        await invitations.invite(work, alice, group.id, await row(work, anna.uri), "Come and see.")
    await home.settle()
    (invite,) = peer.activities("Invite")
    assert (invite["actor"], invite["object"], invite["target"]) == (alice.uri, group.uri, anna.uri)
    assert invite["attributedTo"] == group.uri
    assert peer.activities("Create") == []
    assert (await peer.get(invite["id"], signer=anna)).json["id"] == invite["id"]
    member = recorded(
        "mobilizon/accept-member.json",
        **{
            "https://mobi.test/@alice": anna.uri,
            "https://alpha.test/ap/activities/1": invite["id"],
            "https://alpha.test/ap/actors/wood": group.uri,
            "https://alpha.test/ap/actors/mara": alice.uri,
        },
        **mobi,
    )
    eve = peer.person("eve")
    assert await say(home, peer, eve, member | {"actor": eve.uri, "id": peer.uri("accepts")}) == "ignored"
    assert await say(home, peer, anna, member) == "done"
    assert ("anna", "member", "member") in await inside(home, group)

    theirs = peer.person("group", kind="Group", attributedTo=f"{peer.base}/users/group/moderators")
    asked = recorded(
        "mobilizon/invite.json",
        **{
            "https://mobi.test/@alice": anna.uri,
            "https://mobi.test/@group": theirs.uri,
            "https://alpha.test/ap/actors/mara": alice.uri,
        },
        **mobi,
    )
    stranger = Peer("e.test", network, peer.clock)
    await stranger.open()
    mallory = stranger.person("mallory")
    forged = asked | {"actor": mallory.uri, "id": stranger.uri("invites")}
    assert await say(home, stranger, mallory, forged) == "refused"
    await stranger.close()
    assert await say(home, peer, anna, asked) == "done"
    assert await told(home) == ["circle_invitation"]
    async with home.writing() as work:
        waiting = await work.session.scalar(sa.select(CircleInvitation).where(CircleInvitation.invited_id == alice.id))
        assert waiting is not None
        await invitations.accept(work, alice, waiting.id)
    await home.settle()
    answer = peer.activities("Accept")[-1]
    assert (answer["object"]["type"], answer["object"]["id"]) == ("Member", asked["id"])
    follow = peer.activities("Follow")[-1]
    assert (follow["actor"], follow["object"]) == (alice.uri, theirs.uri)


async def test_two_nodes_share_a_closed_circle(two_nodes: tuple[RigNode, RigNode], member: Members, peer: Peer) -> None:
    """By invitation only; what is said stays inside, on both nodes and on the wire."""
    alpha, beta = two_nodes
    alice, dora = await member(alpha, "alice"), await member(alpha, "dora")
    bob, ben = await member(beta, "bob"), await member(beta, "ben")
    sam = peer.person("sam")
    with pytest.raises(Invalid):
        await begin(alpha, alice, is_closed=True)
    group = await begin(alpha, alice, is_closed=True, openness="invite")
    await say(alpha, peer, sam, peer.activity(sam, "Follow", group.uri))
    assert peer.activities("Reject")[0]["actor"] == group.uri

    there, with_bob = await look_up(beta, group), await look_up(alpha, bob)
    async with alpha.writing() as work:
        await invitations.invite(work, alice, group.id, with_bob, "Come in")
    await alpha.settle()
    async with beta.writing() as work:
        waiting = await work.session.scalar(sa.select(CircleInvitation))
        assert waiting is not None
        with pytest.raises(NotFound):
            await invitations.accept(work, ben, waiting.id)
    async with beta.writing() as work:
        await invitations.accept(work, bob, waiting.id)
    await alpha.settle()
    assert ("bob", "member", "member") in await inside(alpha, group)
    async with beta.reading() as work:
        row_there = await follows.between(work, bob.id, there.id)
        assert row_there is not None
        assert row_there.state == "accepted"

    post = await tell(alpha, alice, group, "Between us @dora")
    await alpha.settle()
    assert (post.visibility, post.cc) == ("circle", [])
    copy = await kept(beta, post.uri)
    assert (copy.visibility, copy.circle_id) == ("circle", there.id)
    for node, viewer, key, can in (
        (alpha, dora, post.id, False), (alpha, None, post.id, False), (beta, bob, copy.id, True),
        (beta, ben, copy.id, False), (beta, None, copy.id, False), (alpha, alice, post.id, True),
    ):  # fmt: skip
        async with node.reading() as work:
            if can:
                assert (await queries.one(work, viewer.id if viewer else None, key)).id == key
            else:
                with pytest.raises(NotFound):
                    await queries.one(work, viewer.id if viewer else None, key)
    assert await in_home(beta, bob) == [post.uri]
    assert await in_home(beta, ben) == []
    assert (await peer.get(post.uri)).status == (await peer.get(post.uri, signer=sam)).status == 404

    answer = await tell(beta, bob, there, "Agreed", parent=copy)
    await alpha.settle()
    assert (answer.visibility, answer.circle_id) == ("circle", there.id)
    here = await post_of(alpha, answer.uri)
    assert here is not None
    assert (here.visibility, here.circle_id) == ("circle", group.id)
    opening = await tell(beta, bob, there, "A question of my own")
    await alpha.settle()
    here = await post_of(alpha, opening.uri)
    assert here is not None
    assert (here.visibility, here.circle_id) == ("circle", group.id)
    async with alpha.reading() as work:
        with pytest.raises(NotFound):
            await queries.one(work, dora.id, here.id)
    # nobody who is not in it speaks in it
    with pytest.raises(Forbidden):
        await tell(alpha, dora, group, "Me too")
    with pytest.raises(Forbidden):
        await tell(beta, ben, there, "Me too")

    # what a moderator takes out goes there too; who is named in it keeps it
    slip = await tell(alpha, alice, group, "A slip of the tongue")
    await alpha.settle()
    slipped = await kept(beta, slip.uri)
    async with alpha.writing() as work:
        await circulation.take_out(work, await row(work, alice.uri), group.id, slip.id)
    await alpha.settle()
    async with beta.reading() as work:
        with pytest.raises(NotFound):
            await queries.one(work, bob.id, slipped.id)

    async with alpha.writing() as work:
        await members.remove(work, alice, group.id, with_bob.id)
    await alpha.settle()
    async with beta.reading() as work:
        with pytest.raises(NotFound):
            await queries.one(work, bob.id, copy.id)
    assert peer.activities("Announce") == []
    assert [end for end in await ends(alpha) + await ends(beta) if end[0] in ("failed", "waiting")] == []


async def test_a_member_elsewhere_is_heard_everywhere(
    two_nodes: tuple[RigNode, RigNode], member: Members, peer: Peer, lemmy: Peer
) -> None:
    """An open circle on alpha; a member of beta joins and posts: Mastodon gets the id, Lemmy the activity."""
    alpha, beta = two_nodes
    peer.software = "mastodon"
    alice, bob = await member(alpha, "alice"), await member(beta, "bob")
    group = await begin(alpha, alice)
    sam, carl = peer.person("sam"), lemmy.person("carl")
    await say(alpha, peer, sam, peer.activity(sam, "Follow", group.uri))
    await say(alpha, lemmy, carl, lemmy.activity(carl, "Follow", group.uri))
    there = await look_up(beta, group)
    async with beta.writing() as work:
        assert await members.join(work, bob, there) == "asked"
    await alpha.settle()
    post = await tell(beta, bob, there, "From across the water")
    await alpha.settle()
    assert peer.activities("Announce")[-1]["object"] == post.uri
    whole = lemmy.activities("Announce")[-1]["object"]
    assert (whole["type"], whole["actor"], whole["object"]["id"]) == ("Create", bob.uri, post.uri)
    assert whole["proof"]["type"] == "DataIntegrityProof"
    assert await in_home(alpha, alice) == [post.uri]
    said = await tell(alpha, alice, group, "Welcome")
    await alpha.settle()
    found = await kept(beta, said.uri)
    assert found.circle_id == there.id
    assert said.uri in await in_home(beta, bob)
    async with beta.writing() as work:
        await posts.withdraw(work, bob, post.id)
    await alpha.settle()
    assert lemmy.activities("Announce")[-1]["object"]["type"] == "Delete"
    found = await kept(alpha, post.uri)
    assert found.deleted_at is not None


async def test_only_moderators_act_and_one_stays(home: RigNode, member: Members, alice: Actor) -> None:
    dora, erik = await member(home, "dora"), await member(home, "erik")
    group = await begin(home, alice, openness="request", only_moderators_post=True)
    async with home.writing() as work:
        assert await members.join(work, dora, group) == "asked"
        assert await members.join(work, erik, group) == "asked"
    for act in (members.let_in, members.decline, members.remove, members.appoint, members.let_back):
        with pytest.raises(Forbidden):
            async with home.writing() as work:
                await act(work, dora, group.id, dora.id)
    with pytest.raises(Forbidden):
        await tell(home, dora, group, "Not yet")
    async with home.writing() as work:
        await members.let_in(work, alice, group.id, dora.id)
        await members.decline(work, alice, group.id, erik.id)
    with pytest.raises(Forbidden):
        async with home.writing() as work:
            await members.join(work, erik, group)
    with pytest.raises(Forbidden):
        await tell(home, dora, group, "Members do not begin here")
    post = await tell(home, alice, group, "The rules")
    answer = await tell(home, dora, group, "Thanks", parent=post)
    assert answer.circle_id == group.id
    with pytest.raises(Conflict):
        async with home.writing() as work:
            await members.leave(work, alice, group)
    with pytest.raises(Conflict):
        async with home.writing() as work:
            await members.step_down(work, alice, group.id, alice.id)
    async with home.writing() as work:
        await members.appoint(work, alice, group.id, dora.id)
        await members.leave(work, alice, group)
    assert await inside(home, group) == [("dora", "moderator", "member"), ("erik", "member", "declined")]
    home.time.forward(days=rules.ASK_AGAIN.days + 1)
    async with home.writing() as work:
        assert await members.join(work, erik, group) == "asked"
    # where nobody is left who moderates, an officer answers at the door, and nobody else
    async with home.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.id == dora.id).values(suspended_at=work.now))
    with pytest.raises(Forbidden):
        async with home.writing() as work:
            await members.let_in(work, alice, group.id, erik.id)
    async with home.writing() as work:
        await work.session.execute(sa.update(Account).where(Account.actor_id == alice.id).values(role="officer"))
        await members.let_in(work, alice, group.id, erik.id)
        await work.session.execute(sa.update(Actor).where(Actor.id == dora.id).values(suspended_at=None))
        await circles.end(work, dora, group.id)
    with pytest.raises(Gone):
        async with home.writing() as work:
            await members.join(work, alice, group)


async def look_up(node: RigNode, actor: Actor | Person) -> Actor:
    """Somebody of another node, as one finds them by their address."""
    directory = node.app[FEDERATION].directory
    found = await directory.actor(actor.uri)
    await directory.describe(found.host)
    return found


async def test_a_group_elsewhere_is_joined_and_holds_only_what_names_it(
    home: RigNode, alice: Actor, lemmy: Peer
) -> None:
    """A Lemmy community: joined, read, spoken in; what its moderators take out goes; it cannot claim others' posts."""
    wood = lemmy.person(
        "wood", kind="Group", attributedTo=f"{lemmy.base}/users/wood/moderators", postingRestrictedToMods=False,
        featured=f"{lemmy.base}/users/wood/featured",
    )  # fmt: skip
    carl, mona = lemmy.person("carl"), lemmy.person("mona")
    group = await look_up(home, wood)
    async with home.writing() as work:
        assert await members.join(work, alice, group) == "asked"
    with pytest.raises(Forbidden):
        await tell(home, alice, group, "Not in yet")
    await home.settle()
    (follow,) = lemmy.activities("Follow")
    eve = lemmy.person("eve")
    assert await say(home, lemmy, eve, lemmy.activity(eve, "Accept", follow)) == "refused"
    assert await say(home, lemmy, wood, lemmy.activity(wood, "Accept", follow)) == "done"

    page = {
        **lemmy.note(carl, "<p>Where from?</p>", to=[wood.uri, PUBLIC], cc=[]),
        "type": "Page",
        "name": "Dry ash",
        "audience": wood.uri,
    }
    create = lemmy.activity(carl, "Create", page, to=[PUBLIC], cc=[wood.uri], audience=wood.uri)
    whole = lemmy.activity(wood, "Announce", create, to=[PUBLIC], cc=[f"{wood.uri}/followers"])
    assert await say(home, lemmy, wood, whole) == "done"
    post = await kept(home, page["id"])
    assert post.circle_id == group.id
    assert await in_home(home, alice) == [page["id"]]
    foreign = lemmy.note(mona, "<p>For nobody in particular</p>")
    claimed = lemmy.activity(wood, "Announce", lemmy.activity(mona, "Create", foreign, to=[PUBLIC]), to=[PUBLIC])
    assert await say(home, lemmy, wood, claimed) == "done"
    assert (await kept(home, foreign["id"])).circle_id is None

    async with home.writing() as work:
        offer = await listings.publish(
            work, alice, listings.Draft("offer", "Ash planks", terms="open", circle_id=group.id)
        )
    await home.settle()
    (sent,) = [activity["object"] for activity in lemmy.activities("Create")]
    assert (sent["id"], sent["audience"]) == (offer.uri, wood.uri)
    assert [item["type"] for item in sent["attachment"]] == ["Link"]  # Lemmy fails on a Proposal there

    answer = await tell(home, alice, group, "From the north side", parent=post)
    opening = await tell(home, alice, group, "What about elm?")
    await home.settle()
    for said in (answer, opening):
        (sent,) = [activity for activity in lemmy.activities("Create") if activity["object"]["id"] == said.uri]
        note = sent["object"]
        assert (note["to"], note["audience"]) == ([wood.uri, PUBLIC], wood.uri)
        assert f"{wood.uri}/followers" in note["cc"]
    async with home.reading() as work:
        there = [view.id for view in await queries.in_circle(work, alice.id, group.id)]
    assert {post.id, opening.id} <= set(there)
    assert answer.id not in there

    # What its moderators keep on top, as Lemmy announces it; and as its own collection has it.
    top = wood.document["featured"]
    strange = lemmy.activity(mona, "Add", foreign["id"], target=top, audience=wood.uri)
    for kind, expected in (("Add", [post.id]), ("Remove", [])):
        change = lemmy.activity(mona, kind, page["id"], target=top, audience=wood.uri)
        for announcer, inner in ((eve, change), (wood, strange), (wood, {**change, "target": f"{eve.uri}/featured"})):
            said = lemmy.activity(announcer, "Announce", inner, to=[PUBLIC])
            assert await say(home, lemmy, announcer, said) == "ignored"
        assert await say(home, lemmy, wood, lemmy.activity(wood, "Announce", change, to=[PUBLIC])) == "done"
        async with home.reading() as work:
            assert await pins.pinned(work, alice.id, group.id) == expected
    lemmy.documents["/users/wood/featured"] = {
        "id": top, "type": "OrderedCollection", "orderedItems": [foreign["id"], page["id"]],
    }  # fmt: skip
    async with home.writing() as work:
        await pins.ask(work, group.id)
    await home.settle()
    async with home.reading() as work:
        assert await pins.pinned(work, alice.id, group.id) == [post.id]

    removal = lemmy.activity(
        mona, "Delete", page["id"], to=[PUBLIC], cc=[wood.uri], audience=wood.uri, summary="off topic"
    )
    assert await say(home, lemmy, eve, lemmy.activity(eve, "Announce", removal, to=[PUBLIC])) != "done"
    assert (await kept(home, page["id"])).circle_id == group.id
    assert await say(home, lemmy, wood, lemmy.activity(wood, "Announce", removal, to=[PUBLIC])) == "done"
    post = await kept(home, page["id"])
    assert (post.circle_id, post.deleted_at) == (None, None)
    assert await say(home, lemmy, wood, lemmy.activity(wood, "Reject", follow)) == "done"
    with pytest.raises(Forbidden):
        await tell(home, alice, group, "Out again")


async def test_a_member_of_ours_in_a_community_elsewhere(home: RigNode, alice: Actor, lemmy: Peer) -> None:
    """Words, votes and corrections go to the community, and what its moderators decide counts."""
    wood, carl, mona = lemmy.person("wood", kind="Group"), lemmy.person("carl"), lemmy.person("mona")
    group = await look_up(home, wood)
    async with home.writing() as work:
        await members.join(work, alice, group)
    await home.settle()
    (follow,) = lemmy.activities("Follow")
    assert await say(home, lemmy, wood, lemmy.activity(wood, "Accept", follow)) == "done"

    async def announce(inner: dict[str, Any]) -> str:
        return await say(home, lemmy, wood, lemmy.activity(wood, "Announce", inner, to=[PUBLIC]))

    def doing(type: str, of: Any, by: Person = mona, **more: Any) -> dict[str, Any]:
        return lemmy.activity(by, type, of, to=[PUBLIC], cc=[wood.uri], audience=wood.uri, **more)

    page = of_lemmy("lemmy/create-page.json", carl, group)
    page["object"] |= {"id": lemmy.uri(), "attributedTo": carl.uri, "to": [wood.uri, PUBLIC], "audience": wood.uri}
    assert await announce(page) == "done"
    theirs = await kept(home, page["object"]["id"])
    own = await tell(home, alice, group, "Dry elm, anybody?")
    answer = await tell(home, alice, group, "From the north side", parent=theirs)
    async with home.writing() as work:
        await reactions.like(work, alice, theirs.id)
        await posts.revise(work, alice, answer.id, Draft(text="From the south side"))
    await home.settle()
    said = [(one["type"], one["object"]["id"] if isinstance(one["object"], dict) else one["object"])
            for one in lemmy.activities()[-4:]]  # fmt: skip
    assert sorted(said) == sorted([
        ("Create", own.uri), ("Create", answer.uri), ("Like", theirs.uri), ("Update", answer.uri),
    ])  # fmt: skip
    # it comes back from the community, and changes nothing
    (sent,) = [one for one in lemmy.activities("Create") if one["object"]["id"] == own.uri]
    assert await announce(sent) == "ignored"
    assert await announce(doing("Like", own.uri, carl)) == "done"
    assert (await kept(home, own.uri)).likes == 1

    # its moderators: closing for answers, naming each other, taking out, shutting out
    for harmless in (
        doing("Lock", own.uri),
        doing("Update", page["object"] | {"commentsEnabled": False}),
        doing("Add", carl.uri, target=f"{wood.uri}/moderators"),
        doing("Block", carl.uri, target=wood.uri),
        doing("Undo", doing("Delete", page["object"]["id"])),
    ):
        assert await announce(harmless) in ("ignored", "refused"), harmless["type"]
    assert await announce(doing("Delete", own.uri, summary="off topic")) == "done"
    post = await kept(home, own.uri)
    assert (post.circle_id, post.deleted_at) == (None, None), "its author keeps it"
    async with home.writing() as work:
        await posts.withdraw(work, alice, answer.id)
    await home.settle()
    assert (lemmy.activities()[-1]["type"], lemmy.activities()[-1]["object"]["id"]) == ("Delete", answer.uri)
    elsewhere = doing("Block", alice.uri, target=f"{lemmy.base}/users/steel")
    assert await announce(elsewhere) == "ignored"
    assert (await tell(home, alice, group, "Still in")).circle_id == group.id
    assert await announce(doing("Block", alice.uri, target=wood.uri, summary="selling")) == "done"
    with pytest.raises(Forbidden):
        await tell(home, alice, group, "Out")

    # asking again, and going
    async with home.writing() as work:
        assert await members.join(work, alice, group) == "asked"
    await home.settle()
    again = lemmy.activities("Follow")[-1]
    assert await say(home, lemmy, wood, lemmy.activity(wood, "Accept", again["id"])) == "done"
    async with home.writing() as work:
        await members.leave(work, alice, await work.session.get_one(Actor, group.id))
    await home.settle()
    undo = lemmy.activities()[-1]
    assert (undo["type"], undo["object"]["type"], undo["object"]["id"]) == ("Undo", "Follow", again["id"])


async def test_what_a_circle_passes_on_has_its_measure(
    home: RigNode, alice: Actor, lemmy: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST_AN_HOUR", 3)
    monkeypatch.setattr(distribution, "CORRECTIONS", 2)
    monkeypatch.setattr(distribution, "VOTES", 2)
    carl, mona = lemmy.person("carl"), lemmy.person("mona")
    group = await begin(home, alice)
    own = [await tell(home, alice, group, f"Plank {number}") for number in range(4)]
    for person in (carl, mona):
        await say(home, lemmy, person, lemmy.activity(person, "Follow", group.uri))

    async def is_passed_on(person: Person, activity: dict[str, Any]) -> bool:
        number = len(lemmy.activities("Announce"))
        assert await say(home, lemmy, person, activity) == "done"
        return len(lemmy.activities("Announce")) == number + 1

    def said(person: Person, words: str) -> dict[str, Any]:
        note = lemmy.note(person, words, to=[group.uri, PUBLIC], cc=[], audience=group.uri)
        return lemmy.activity(person, "Create", note, to=note["to"])

    long = said(mona, f"<p>{'oak ' * 20_000}</p>")
    long["object"]["source"] = {"content": "x" * distribution.LARGEST, "mediaType": "text/markdown"}
    assert not await is_passed_on(mona, long)
    posted = [said(carl, f"<p>{number}</p>") for number in range(4)]
    assert [await is_passed_on(carl, one) for one in posted] == [True, True, True, False]
    assert (await kept(home, posted[3]["object"]["id"])).circle_id is None
    assert await is_passed_on(mona, said(mona, "<p>others go on</p>"))
    passed_on = []
    for number in range(4):
        home.time.forward(seconds=1)
        note = posted[0]["object"] | {"content": f"<p>no, {number}</p>", "updated": f"{home.time():%Y-%m-%dT%H:%M:%SZ}"}
        passed_on.append(await is_passed_on(carl, lemmy.activity(carl, "Update", note, to=note["to"])))
    assert passed_on == [True, True, False, False]
    assert "no, 3" in (await kept(home, note["id"])).content
    votes = [await is_passed_on(mona, lemmy.activity(mona, "Like", post.uri, to=[PUBLIC])) for post in own]
    assert votes == [True, True, False, False]
    home.time.forward(hours=2)
    assert await is_passed_on(carl, said(carl, "<p>later</p>"))


async def test_answers_of_who_is_muted_are_folded_away_for_one_alone(
    home: RigNode, member: Members, alice: Actor, lemmy: Peer
) -> None:
    dora, carl = await member(home, "dora"), lemmy.person("carl")
    group = await begin(home, alice)
    async with home.writing() as work:
        await members.join(work, dora, group)
    await say(home, lemmy, carl, lemmy.activity(carl, "Follow", group.uri))
    post = await tell(home, alice, group, "Good oak, anybody?")
    note = lemmy.note(carl, "<p>Buy mine</p>", inReplyTo=post.uri, to=[PUBLIC], cc=[group.uri])
    assert await say(home, lemmy, carl, lemmy.activity(carl, "Create", note, to=note["to"], cc=note["cc"])) == "done"
    begun = lemmy.note(carl, "<p>Mine again</p>", to=[group.uri, PUBLIC], cc=[], audience=group.uri)
    assert await say(home, lemmy, carl, lemmy.activity(carl, "Create", begun, to=begun["to"])) == "done"
    async with home.writing() as work:
        await blocks.mute(work, dora, await row(work, carl.uri))
    for viewer, sees in ((dora, False), (alice, True)):
        async with home.reading() as work:
            thread = await queries.thread(work, viewer.id, post.id)
            in_circle = await queries.in_circle(work, viewer.id, group.id)
        assert [view.uri for view in thread.after] == ([note["id"]] if sees else []), viewer.username
        assert (begun["id"] in [view.uri for view in in_circle]) is sees, viewer.username


async def test_what_a_group_elsewhere_keeps_on_top(home: RigNode, alice: Actor, lemmy: Peer, network: Network) -> None:
    """Written by people from anywhere; only what stands in the group, and only the group's own word for it."""
    wood = lemmy.person("wood", kind="Group", featured=f"{lemmy.base}/users/wood/featured")
    mona = lemmy.person("mona")
    group = await look_up(home, wood)
    async with home.writing() as work:
        await members.join(work, alice, group)
    await home.settle()
    (follow,) = lemmy.activities("Follow")
    await say(home, lemmy, wood, lemmy.activity(wood, "Accept", follow))
    other = Peer("q.test", network, home.time)
    await other.open()
    try:
        mara = other.person("mara")
        named = [
            at.note(by, "<p>Top</p>", to=[wood.uri, PUBLIC], audience=wood.uri)
            for at, by in ((lemmy, mona), (other, mara))
        ]
        stray = other.note(mara, "<p>Of something else</p>")
        for at, by, note in ((lemmy, mona, named[0]), (other, mara, named[1])):
            inner = at.activity(by, "Create", note, to=note["to"])
            assert await say(home, lemmy, wood, lemmy.activity(wood, "Announce", inner, to=[PUBLIC])) == "done"
        lemmy.documents["/users/wood/featured"] = {
            "id": f"{wood.uri}/featured", "type": "OrderedCollection",
            "orderedItems": [named[0]["id"], named[1], stray["id"]],
        }  # fmt: skip
        await featured.fetch(home, home.app[FEDERATION].directory, wood.uri)

        async def on_top() -> list[str]:
            async with home.reading() as work:
                rows = sa.select(Post.uri).join(Pin, Pin.post_id == Post.id).where(Pin.actor_id == group.id)
                return sorted(await work.session.scalars(rows))

        assert await on_top() == sorted(note["id"] for note in named)
        down = lemmy.activity(mona, "Remove", named[1]["id"], target=f"{wood.uri}/featured", to=[PUBLIC])
        assert await say(home, lemmy, mona, down) != "done", "the group has to say so"
        for inner, wanted in ((down, named[:1]), (down | {"type": "Add"}, named)):
            assert await say(home, lemmy, wood, lemmy.activity(wood, "Announce", inner, to=[PUBLIC])) == "done"
            assert await on_top() == sorted(note["id"] for note in wanted)
    finally:
        await other.close()
