"""What is kept many at a time is kept exactly as one by one, and what goes wrong among many harms none of them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from federation import receiving
from federation.client import Client
from federation.directory import Directory
from federation.receiving import Receiver
from node.accounts import scopes, tokens
from node.accounts.model import Account
from node.actors.model import Actor
from node.actors.service import create_local
from node.deals.model import Deal
from node.emojis.model import Emoji
from node.follows.model import Follow
from node.ids import new_id
from node.inbox.model import Received
from node.inbox.plain import Plain
from node.inbox.plain import keep as receiving_keep
from node.inbox.service import Arrival, store
from node.media.model import Media
from node.members.model import HostCard
from node.moderation.model import ThreadMute
from node.notifications.model import Notification
from node.peers.model import Peer
from node.posts.model import Post, PostMention, PostTag, Tombstone
from node.tables import Activity, Block, Delivery, Mute
from node.work import Writing
from schemas.values import PUBLIC, host_of
from support.nodes import RigNode
from support.people import KEYS, member, remote

__all__ = ["member", "remote"]
People = Callable[..., Awaitable[Actor]]


class Place:
    """Somewhere else, where a few people say and pass on what they like; the same at every address."""

    def __init__(self, host: str, alice: Actor) -> None:
        self.host = host
        self.alice = alice
        self.said: list[dict[str, Any]] = []

    def uri(self, name: str, path: str = "") -> str:
        return f"https://{self.host}/users/{name}{path}"

    def say(self, who: str, number: int, *, by: str = "", activity: str = "", **more: Any) -> None:
        author = self.uri(who)
        note = {
            "id": f"{author}/notes/{number}", "type": "Note", "attributedTo": by or author, "to": [PUBLIC],
            "cc": [f"{author}/followers"], "content": f"<p>number {number}</p>", "published": "2026-01-02T03:04:05Z",
            "url": f"https://{self.host}/@{who}/{number}", "conversation": f"tag:{self.host},2026:{number}", **more,
        }  # fmt: skip
        self.do(who, "Create", note, activity or f"notes/{number}/activity", to=note["to"], cc=note["cc"])

    def pass_on(self, who: str, object: str, number: int, **more: Any) -> None:
        self.do(who, "Announce", object, f"boosts/{number}", **{"to": [PUBLIC], "cc": [], **more})

    def do(self, who: str, type: str, object: Any, path: str, **more: Any) -> None:
        actor = self.uri(who)
        self.said.append({"id": f"{actor}/{path}", "type": type, "actor": actor, "object": object, **more})

    def call(self) -> None:
        """All that names Alice or answers her, mostly by people whom nobody reads."""
        uri, named = self.alice.uri, {"type": "Mention", "href": self.alice.uri, "name": "@alice"}
        post = f"http://a.test/ap/objects/{self.host}/"
        self.say("mia", 1, tag=[named, {"type": "Mention", "href": self.uri("ben")}], cc=[uri])
        self.say("mia", 2, tag=[named], to=[uri], cc=[], context=self.uri("mia", "/talk"))
        self.say("mia", 3, to=[uri, PUBLIC], cc=[uri, self.uri("mia", "/followers")])  # without a tag
        self.say("mia", 4, tag=[named], to=[], cc=[uri, PUBLIC], inReplyTo=f"{post}public")
        self.say("mia", 5, inReplyTo=f"{post}public")
        self.say("mia", 6, tag=[named], to=[self.uri("mia", "/followers")], cc=[uri], inReplyTo=f"{post}unknown")
        self.say("mia", 7, tag=[named], to=[uri], cc=[], inReplyTo=f"{post}direct")
        self.say("cat", 7, tag=[named], cc=[uri])  # asked to be read
        self.say("sol", 1, tag=[named], cc=[uri])  # who is read
        self.say("ned", 1, tag=[named])  # named, and not told
        self.say("ola", 1, tag=[named], cc=[uri], conversation=f"tag:{self.host},2026:silent")
        self.say("pat", 1, tag=[named], cc=[uri, f"{uri}/followers"])
        self.say("pip", 1, tag=[named], cc=[uri, "http://a.test/ap/actors/ring"])
        self.say("quy", 1, tag=[named], to=[uri], cc=[], inReplyTo=self.uri("ann", "/notes/2"))
        self.say("rob", 1, tag=[named], to=[uri], cc=[], context=f"{post}deal")
        self.say("rob", 2, tag=[named], cc=[uri], **{"commensal:claim": "deliver"})
        self.say("jan", 1, tag=[named], cc=[uri])
        self.say("kim", 1, tag=[named], cc=[uri])
        self.say("lou", 1, tag=[named], to=[uri], cc=[])

    def speak(self) -> None:
        """All that may be plain, and what only looks like it."""
        note = {name: self.uri(name, "/notes/") for name in ("ann", "ben", "cat", "dan")}
        emoji = {"type": "Emoji", "name": ":soup:", "icon": {"type": "Image", "url": f"https://{self.host}/soup.png"}}
        named = {"type": "Mention", "href": self.uri("ben"), "name": "@ben"}
        picture = {"type": "Document", "mediaType": "image/png", "url": f"https://{self.host}/1.png", "name": "A pot"}
        self.say("ben", 1, inReplyTo=f"{note['ann']}1")  # before what it answers
        self.say("ann", 1, tag=[emoji, named, {"type": "Hashtag", "name": "#Soup"}], attachment=[picture],
                 cc=[self.uri("ben"), self.uri("ann", "/followers")], summary="Hungry?", sensitive=True,
                 contentMap={"en": "<p>number 1</p>"})  # fmt: skip
        self.pass_on("cat", f"{note['ann']}1", 1)
        self.pass_on("cat", f"{note['ann']}1", 2)
        self.pass_on("ben", f"{note['ann']}1", 1, to=[self.uri("ben", "/followers")])
        self.pass_on("ann", f"{note['ann']}1", 1, to=[], cc=[PUBLIC], published="2026-02-01T00:00:00Z")
        self.say("dan", 1)  # whom nobody reads
        self.say("dan", 2, inReplyTo=f"{note['ann']}1")
        self.pass_on("dan", f"{note['ann']}1", 1)
        self.say("ann", 2, to=[self.uri("ann", "/followers")], cc=[])
        self.pass_on("ben", f"{note['ann']}2", 2)
        self.say("ann", 2, to=[self.uri("ann", "/followers")], cc=[], activity="again")
        self.say("ann", 3, tag=[{"type": "Mention", "href": self.alice.uri}], cc=[self.alice.uri])
        self.say("ann", 4, to=[self.uri("ann", "/followers")], cc=[PUBLIC], published="2030-01-01T00:00:00Z")
        self.say("ann", 5)  # withdrawn before it came
        self.say("ann", 6, by=self.uri("ben"))
        self.say("cat", 1, name="Soup", content="", inReplyTo=f"{note['ann']}1")  # a vote
        self.say("cat", 2, name="A title")
        self.say("cat", 3, updated="2026-01-03T00:00:00Z", content="<p>good <script>evil</script></p>")
        self.pass_on("cat", f"{note['cat']}3", 3)
        self.say("eve", 1)  # suspended
        self.pass_on("eve", f"{note['ann']}1", 1)
        self.pass_on("fay", f"{note['ann']}1", 1)  # whom Ann blocked
        self.do("ben", "Delete", f"{note['ben']}1", "deletions/1")
        self.say("ben", 3, inReplyTo=f"{note['ben']}1")
        self.call()
        self.do("gus", "Follow", self.alice.uri, "follows/1", to=[self.alice.uri])
        self.do("hal", "Follow", {"id": self.alice.uri, "type": "Person"}, "follows/1")
        self.do("hal", "Follow", self.alice.uri, "follows/2")  # again
        self.do("ivy", "Follow", f"{self.alice.uri}/nobody", "follows/1")
        self.do("jan", "Follow", self.alice.uri, "follows/1")  # whom Alice muted
        self.do("kim", "Follow", self.alice.uri, "follows/1")  # of whom officers show little
        self.do("lou", "Follow", self.alice.uri, "follows/1")  # whom Alice blocked
        self.do("ann", "Follow", self.alice.uri, "follows/1")  # whom Alice follows


@pytest.fixture
async def alice(node: RigNode, member: People) -> Actor:
    actor = await member("alice")
    async with node.writing() as work:
        account_id = await work.session.scalar(sa.select(Account.id).where(Account.actor_id == actor.id))
        assert account_id is not None
        await tokens.make(work, account_id, "an app", scopes.read("read"))
    return actor


async def settle(node: RigNode, said: list[dict[str, Any]], *, together: bool) -> set[tuple[int, str]]:
    """Let all of this be worked off, at once or each by itself; who was told of what."""
    told: set[tuple[int, str]] = set()
    node.bus.publish = lambda account_id, topic: told.add((account_id, topic))  # type: ignore[method-assign]
    arrivals = [
        Arrival(one["id"], one["type"], one["actor"], host_of(one["actor"]) or "", orjson.dumps(one).decode())
        for one in said
    ]
    async with Client(node) as client:
        receiver = Receiver(node, Directory(node, client))
        receiver._acquaintance.has_met = lambda uri: True  # type: ignore[method-assign]
        if not together:
            receiver._plain = lambda row: None  # type: ignore[method-assign]
        for some in [arrivals] if together else [[one] for one in arrivals]:
            async with node.writing() as work:
                await store(work, some)
            while await receiver.work_off():
                pass
        await receiver.close()
    return told


async def found(node: RigNode, host: str) -> dict[str, list[Any]]:
    """All that came of what was said at this host, without what differs each time."""
    passed_on = sa.orm.aliased(Post)
    wanted = {
        "received": sa.select(Received.uri, Received.state, Received.reason).where(Received.host == host),
        "posts": sa.select(*(column for column in Post.__table__.c if column.name not in _OWN), passed_on.uri)
        .outerjoin(passed_on, passed_on.id == Post.boost_of_id)
        .where(Post.uri.contains(host)),
        "parents": sa.select(Post.uri, passed_on.uri).join(passed_on, passed_on.id == Post.parent_id),
        "mentions": sa.select(Post.uri, Actor.uri, PostMention.is_addressed)
        .join(PostMention, PostMention.post_id == Post.id)
        .join(Actor, Actor.id == PostMention.actor_id),
        "tags": sa.select(Post.uri, PostTag.tag).join(PostTag, PostTag.post_id == Post.id),
        "media": sa.select(Post.uri, *(column for column in Media.__table__.c if column.name not in _OWN)).join(
            Post, Post.id == Media.post_id
        ),
        "follows": sa.select(Follow.uri, Follow.state, Actor.uri, Follow.answered_at).join(
            Actor, Actor.id == Follow.follower_id
        ),
        "answers": sa.select(Activity.type, sa.cast(Activity.document, sa.JSON)["object"].as_string(), Delivery.host)
        .select_from(Activity)
        .join(Delivery, Delivery.activity_id == Activity.id),
        "told": sa.select(Notification.kind, Notification.visible_at, Actor.uri).join(
            Actor, Actor.id == Notification.actor_id
        ),
        "emojis": sa.select(Emoji.host, Emoji.shortcode, Emoji.url),
        "notifications": sa.select(Post.uri, Notification.kind, Notification.account_id).join(
            Post, Post.id == Notification.post_id
        ),
    }  # fmt: skip
    async with node.reading() as work:
        rows = {name: (await work.session.execute(statement)).all() for name, statement in wanted.items()}
    written = {name: [orjson.dumps(list(row)).decode() for row in some] for name, some in rows.items()}
    return {name: sorted(text.replace(host, "HOST") for text in some if host in text) for name, some in written.items()}


_OWN = ("id", "author_id", "owner_id", "post_id", "parent_id", "boost_of_id", "received_at", "created_at")


async def test_together_is_as_one_by_one(
    node: RigNode, alice: Actor, remote: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, told, plain = [], [], list[int]()

    async def keep(work: Writing, items: list[Plain]) -> list[int]:
        found = await receiving_keep(work, items)
        plain.extend(found)
        return found

    monkeypatch.setattr(receiving, "keep", keep)
    async with node.writing() as work:
        await create_local(work, "group", "ring", "Ring", KEYS)
        work.session.add(HostCard(actor_id=alice.id, opens_with="business", hours=[["10:00", "12:00"]], days=[0],
                                  time_zone="UTC", updated_at=work.now))  # fmt: skip
    for host, together in (("together.test", True), ("one-by-one.test", False)):
        place = Place(host, alice)
        people = {}
        for name in ("ann", "ben", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jan", "kim", "lou", "mia", "ned",
                     "ola", "pat", "pip", "quy", "rob", "sol"):  # fmt: skip
            values = {"suspended_at": node.clock()} if name == "eve" else {}
            values |= {"limited_at": node.clock()} if name == "kim" else {}
            people[name] = await remote(name, host, is_ours=False, fetched_at=node.clock(), **values)
        async with node.writing() as work:
            for number, name in enumerate(("ann", "ben", "cat", "eve", "fay", "sol")):
                work.session.add(
                    Follow(id=new_id(work.now), uri=f"{alice.uri}/{host}/{number}", follower_id=alice.id,
                           followed_id=people[name].id, state="asked" if name == "cat" else "accepted",
                           notifies=name == "ann", created_at=work.now)
                )  # fmt: skip
            work.session.add(
                Block(id=new_id(work.now), uri=f"https://{host}/block", blocking_id=people["ann"].id,
                      blocked_id=people["fay"].id, created_at=work.now)
            )  # fmt: skip
            work.session.add(
                Block(id=new_id(work.now), uri=f"{alice.uri}/{host}/block", blocking_id=alice.id,
                      blocked_id=people["lou"].id, created_at=work.now)
            )  # fmt: skip
            work.session.add(
                Mute(id=new_id(work.now), muting_id=alice.id, muted_id=people["jan"].id, created_at=work.now)
            )
            for visibility in ("public", "direct"):
                uri = f"http://a.test/ap/objects/{host}/{visibility}"
                work.session.add(
                    Post(id=new_id(work.now), uri=uri, url=uri, kind="note", is_local=True, author_id=alice.id,
                         content="", lens="both", visibility=visibility, to=[], cc=[], published_at=work.now,
                         received_at=work.now)
                )  # fmt: skip
            work.session.add(ThreadMute(actor_id=alice.id, context=f"tag:{host},2026:silent", created_at=work.now))
            work.session.add(
                Deal(id=new_id(work.now), uri=f"http://a.test/ap/objects/{host}/deal", proposal_uri="", title="A pot",
                     seller_id=alice.id, buyer_id=people["rob"].id, owner="seller", state="asked", created_at=work.now,
                     changed_at=work.now)
            )  # fmt: skip
            gone = Tombstone(uri=place.uri("ann", "/notes/5"), actor_uri=place.uri("ann"), deleted_at=work.now)
            work.session.add(gone)
        place.speak()
        told.append(await settle(node, place.said, together=together))
        kept.append(await found(node, host))
    assert len(plain) == 15, "the others are for their verbs, and so is what comes after one of them"
    assert kept[0] == kept[1]
    assert told[0] == told[1]
    states = [orjson.loads(row)[1] for row in kept[0]["received"]]
    assert {state: states.count(state) for state in set(states)} == {"done": 39, "ignored": 8, "refused": 5}


async def test_one_that_cannot_be_kept_harms_no_other(
    node: RigNode, alice: Actor, remote: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, mark = Place("c.test", alice), receiving._mark_done
    for name in ("ann", "ben"):
        followed = await remote(name, place.host, fetched_at=node.clock())
        async with node.writing() as work:
            work.session.add(
                Follow(id=new_id(work.now), uri=followed.uri, follower_id=alice.id, followed_id=followed.id,
                       state="accepted", created_at=work.now)
            )  # fmt: skip
    place.say("ann", 1)
    place.say("ben", 1)

    async def fail(work: Any, keys: list[int], lease: str) -> None:
        await mark(work, keys, lease)
        if len(keys) > 1:
            raise ZeroDivisionError

    monkeypatch.setattr(receiving, "_mark_done", fail)
    await settle(node, place.said, together=True)
    after = await found(node, place.host)
    assert [orjson.loads(row)[1] for row in after["received"]] == ["done", "done"]
    assert len(after["posts"]) == 2


async def test_whose_host_is_shut_out_is_not_heard_among_others(node: RigNode, alice: Actor, remote: People) -> None:
    place = Place("a.loud.test", alice)
    followed = await remote("ann", place.host, fetched_at=node.clock() - timedelta(hours=1))
    async with node.writing() as work:
        work.session.add(Peer(host="loud.test", first_seen_at=work.now, blocked_at=work.now))
        work.session.add(
            Follow(id=new_id(work.now), uri=followed.uri, follower_id=alice.id, followed_id=followed.id,
                   state="accepted", created_at=work.now)
        )  # fmt: skip
    place.say("ann", 1)
    await settle(node, place.said, together=True)
    after = await found(node, place.host)
    assert [orjson.loads(row)[1:] for row in after["received"]] == [["refused", "the actor is shut out"]]
