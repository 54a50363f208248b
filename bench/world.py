"""The node that is measured, filled with members, people from elsewhere and what they said; and its fediverse."""

import asyncio
import base64
import hashlib
import multiprocessing
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import fediverse
import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from fediverse import CONTEXT, PUBLIC
from measure import cpu_of, cpu_of_all, free_port, memory_of

from node import migrate
from node.accounts import scopes, tokens
from node.accounts.model import Account
from node.actors.keys import KeyPair, generate
from node.actors.model import Actor, ActorKey
from node.associations import service as associations
from node.config import load_config
from node.etiquette import code
from node.follows.model import Follow
from node.ids import new_id
from node.listings import service as listings
from node.members.adding import Newcomer, add_member
from node.notifications.model import Notification
from node.outbox import service as outbox
from node.peers.model import Peer
from node.posts.model import Post
from node.work import Node, Writing
from support.processes import Place, Process

SENDERS, SENDER_HOSTS = 200, 50
FOLLOWERS, FOLLOWER_HOSTS = 2000, 500
POSTS, ANSWERS, NEWS = 10_000, 100, 200
REFUSING, HANGING = 100, 50  # hosts: a fifth, a tenth
STREAMERS = 10
KEYS = 40
_STILL = 0.1  # CPU-seconds in a second: a node looks around also when there is nothing to do
TEXT = (
    "We moved the workshop to the old mill by the river, and the first bench is standing. Whoever has a spare "
    "afternoon is welcome to help with the second: bring gloves, there will be soup, and somebody to talk to."
)


class Fediverse:
    """The other servers, as one process, and the keys of everybody there."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.closed = free_port()
        """A port nobody listens at: hosts with it refuse."""
        self.keys = [rsa.generate_private_key(65537, 2048) for _ in range(KEYS)]
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        self.pems = [key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode() for key in self.keys]
        self._ready = folder / "fediverse"
        self._process = multiprocessing.get_context("spawn").Process(
            target=fediverse.serve, args=(self.port, self.pems, self._ready), daemon=True
        )

    async def open(self) -> None:
        self._process.start()
        while not self._ready.exists():
            await asyncio.sleep(0.02)

    def close(self) -> None:
        self._process.terminate()
        self._process.join()

    def base(self, name: str) -> str:
        return f"http://{name}.localhost:{self.closed if name.startswith('r') else self.port}"

    def person(self, host: str, number: int) -> str:
        return f"{self.base(host)}/users/u{number}"

    async def ledger(self, activity: str = "") -> dict[str, Any]:
        """What arrived where, and when; and how much of anything."""
        url = f"http://127.0.0.1:{self.port}/ledger"
        async with aiohttp.ClientSession() as session, session.get(url, params={"activity": activity}) as answer:
            found = orjson.loads(await answer.read())
            assert isinstance(found, dict)
            return found

    def request(self, place: Place, uri: str, number: int, activity: dict[str, Any]) -> bytes:
        """A whole signed POST to the shared inbox, ready to be sent."""
        body = orjson.dumps(activity)
        headers = {
            "host": place.host,
            "date": format_datetime(datetime.now(UTC), usegmt=True),
            "digest": "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode(),
            "content-type": "application/activity+json",
        }
        return self._signed("post", "/ap/inbox", headers, uri, number, body)

    def get(self, place: Place, path: str, uri: str, number: int) -> bytes:
        """A whole signed GET of a document."""
        headers = {
            "host": place.host,
            "date": format_datetime(datetime.now(UTC), usegmt=True),
            "accept": "application/activity+json",
        }
        return self._signed("get", path, headers, uri, number)

    def _signed(
        self, method: str, path: str, headers: dict[str, str], uri: str, number: int, body: bytes | None = None
    ) -> bytes:
        text = "\n".join([f"(request-target): {method} {path}", *(f"{name}: {headers[name]}" for name in headers)])
        signature = self.keys[number % KEYS].sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        covered = " ".join(["(request-target)", *headers])
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines.append(
            f'signature: keyId="{uri}#main-key",algorithm="rsa-sha256",headers="{covered}",'
            f'signature="{base64.b64encode(signature).decode()}"'
        )
        if body is not None:
            lines.append(f"content-length: {len(body)}")
        return "\r\n".join([f"{method.upper()} {path} HTTP/1.1", *lines, "", ""]).encode() + (body or b"")


class World:
    """One node on one database."""

    def __init__(
        self, name: str, folder: Path, elsewhere: Fediverse, database_url: str, postgres_pid: int | None
    ) -> None:
        self.name = name
        self.elsewhere = elsewhere
        self.place = Place(name, folder, database_url)
        self.node: Node
        """Our own look at the database, while the processes that are measured run."""
        self.tokens: dict[str, str] = {}
        self.listing_id = 0
        self.thread_id = 0
        self.known_posts: list[str] = []
        self.roles: tuple[str, ...] = ("run",)
        self.most_memory = 0.0
        self._postgres_pid = postgres_pid
        self._session: aiohttp.ClientSession | None = None
        self._started: list[Process] = []

    # the database

    async def fill(self) -> None:
        config = load_config(**self.place._values)
        await migrate.ensure(config)
        self.node = Node(config)
        await self.node.open()
        await associations.found(self.node)
        keys = [generate() for _ in range(4)]
        names = ["reader", "anna", "sven", "xena", *(f"member{number}" for number in range(STREAMERS))]
        actors: dict[str, int] = {}
        for number, name in enumerate(names):
            async with self.node.writing() as work:
                actors[name] = await self._member(work, name, keys[number % len(keys)])
        async with self.node.writing() as work:
            await outbox.fan_out(work)  # before there are followers: what was said until here is not theirs
            await self._senders(work, actors["reader"])
        async with self.node.writing() as work:
            await self._posts(work, actors["reader"])
        for author, prefix in (("anna", "f"), ("sven", "s"), ("xena", "g")):
            async with self.node.writing() as work:
                await self._followers(work, actors[author], prefix)
        async with self.node.writing() as work:
            author = await work.session.get_one(Actor, actors["member0"])
            draft = listings.Draft(purpose="offer", title="A workbench of oak", text=TEXT, place="Old mill")
            self.listing_id = (await listings.publish(work, author, draft)).id
        if not config.is_sqlite:
            await self._say("ANALYZE")

    async def _member(self, work: Writing, name: str, keys: KeyPair) -> int:
        account = await add_member(work, Newcomer(name=name, username=name, email=f"{name}@mail.test"), keys)
        account.etiquette_version, account.etiquette_at = code.VERSION, work.now
        self.tokens[name] = await tokens.make(work, account.id, "bench", scopes.read("read write follow push"))
        return account.actor_id

    async def _senders(self, work: Writing, reader: int) -> None:
        people = [(f"k{number % SENDER_HOSTS}", number) for number in range(SENDERS)]
        ids = await self._meet(work, people)
        await work.session.execute(
            sa.insert(Follow), [self._follow(work, reader, id, f"{work.uris.base}/follows/{id}") for id in ids]
        )

    async def _followers(self, work: Writing, author: int, prefix: str) -> None:
        people = []
        for number in range(FOLLOWERS):
            host = number % FOLLOWER_HOSTS
            letter = prefix
            if prefix == "g" and host < REFUSING:
                letter = "r"
            elif prefix == "g" and host < REFUSING + HANGING:
                letter = "x"
            people.append((f"{letter}{host}", 10_000 + number))
        ids = await self._meet(work, people)
        await work.session.execute(
            sa.insert(Follow),
            [self._follow(work, id, author, f"{self.elsewhere.base('f0')}/follows/{id}") for id in ids],
        )

    @staticmethod
    def _follow(work: Writing, follower: int, followed: int, uri: str) -> dict[str, Any]:
        return {"id": new_id(work.now), "uri": uri, "follower_id": follower, "followed_id": followed,
                "state": "accepted", "created_at": work.now}  # fmt: skip

    async def _meet(self, work: Writing, people: Sequence[tuple[str, int]]) -> list[int]:
        """Rows as they are when somebody from elsewhere was met: actor, key, host."""
        actors, keys = [], []
        for host, number in people:
            base, uri = self.elsewhere.base(host), self.elsewhere.person(host, number)
            document = fediverse.actor(base, f"u{number}", self.elsewhere.pems[number % KEYS])
            authority = base.removeprefix("http://")
            id = new_id(work.now)
            actors.append(
                {"id": id, "uri": uri, "is_local": False, "kind": "person", "username": f"u{number}",
                 "username_folded": f"u{number}", "host": authority, "handle_host": authority,
                 "name": document["name"], "summary": document["summary"], "url": document["url"],
                 "inbox_uri": document["inbox"], "outbox_uri": document["outbox"],
                 "followers_uri": document["followers"], "following_uri": document["following"],
                 "document": document, "created_at": work.now, "updated_at": work.now, "fetched_at": work.now}
            )  # fmt: skip
            keys.append(
                {"uri": f"{uri}#main-key", "actor_id": id, "algorithm": "rsa", "created_at": work.now,
                 "public": self.elsewhere.pems[number % KEYS], "checked_at": work.now}
            )  # fmt: skip
        hosts = {actor["host"] for actor in actors}
        await work.session.execute(
            sa.insert(Peer),
            [
                {"host": host, "first_seen_at": work.now, "described_at": work.now, "heard_at": work.now}
                for host in hosts
            ],
        )
        await work.session.execute(sa.insert(Actor), actors)
        await work.session.execute(sa.insert(ActorKey), keys)
        return [actor["id"] for actor in actors]

    async def _posts(self, work: Writing, reader: int) -> None:
        authors = dict((await work.session.execute(sa.select(Actor.id, Actor.uri).where(~Actor.is_local))).all())
        account_id = await work.session.scalar(sa.select(Account.id).where(Account.actor_id == reader))
        rng = random.Random(1)
        rows: list[dict[str, Any]] = []
        news: list[dict[str, Any]] = []
        for number in range(POSTS + ANSWERS):
            author_id = rng.choice(list(authors))
            at = work.now - timedelta(days=10) + timedelta(seconds=number * 80)
            document = note(authors[author_id], number, at)
            is_answer = number >= POSTS
            if number == POSTS:
                self.thread_id = rows[-1]["id"]
            id = new_id(at)
            rows.append(
                {"id": id, "uri": document["id"], "url": document["url"], "kind": "note", "is_local": False,
                 "author_id": author_id, "content": document["content"], "lens": "both", "visibility": "public",
                 "to": document["to"], "cc": document["cc"], "document": document, "published_at": at,
                 "received_at": work.now, "language": "en",
                 "parent_id": self.thread_id if is_answer else None,
                 "parent_uri": rows[POSTS - 1]["uri"] if is_answer else None}
            )  # fmt: skip
            if not is_answer and number % (POSTS // NEWS) == 0:
                news.append(
                    {"id": new_id(at), "account_id": account_id, "kind": "mention", "cause": f"post:{id}",
                     "actor_id": author_id, "post_id": id, "visible_at": at, "created_at": at}
                )  # fmt: skip
        self.known_posts = [row["uri"] for row in rows[:POSTS]]
        await work.session.execute(sa.insert(Post), rows)
        await work.session.execute(sa.insert(Notification), news)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.node.reading() as work:
            return list((await work.session.execute(sa.text(statement), values)).all())

    async def count(self, statement: str, **values: Any) -> int:
        return int((await self.rows(statement, **values))[0][0])

    async def size(self) -> int:
        """Bytes of the database, its log not counted."""
        if self.node.config.is_sqlite:
            pages = await self.count("SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count")
            return pages * await self.count("SELECT page_size FROM pragma_page_size")
        return await self.count("SELECT pg_database_size(current_database())")

    async def _say(self, statement: str) -> None:
        async with self.node.writing() as work:
            await work.session.execute(sa.text(statement))

    # the processes

    async def start(self) -> None:
        self._started = [await self.place.start(role) for role in self.roles]
        await self._settled()

    async def _settled(self, within: float = 30) -> None:
        """Wait until what a node does when it starts is done: it would be counted among whatever comes first."""
        for _ in range(int(within)):
            before = cpu_of_all(self.pids)
            await asyncio.sleep(1)
            if cpu_of_all(self.pids) - before < _STILL:
                return

    async def stop(self) -> None:
        for process in self._started:
            if process.is_running:
                await process.terminate(within=30)
        self._started = []

    async def kill(self) -> None:
        for process in self._started:
            if process.is_running:
                await process.kill()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        await self.place.close()
        if hasattr(self, "node"):
            await self.node.close()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._started]

    @property
    def logs(self) -> list[Path]:
        return [process.log for process in self.place.processes]

    def cpu(self) -> float:
        """CPU-seconds of all processes of ours and, where there is one, of the database server."""
        spent = cpu_of_all(process.pid for process in self._started)
        return spent + (cpu_of(self._postgres_pid) if self._postgres_pid else 0.0)

    def memory(self) -> list[float]:
        """MiB of each process of ours."""
        found = [memory_of(process.pid) for process in self._started]
        self.most_memory = max(self.most_memory, *found)
        return found

    async def forget_queue(self) -> None:
        """What still waits for hosts that are broken on purpose is not to be counted among what comes next."""
        async with self.node.writing() as work:
            # The hosts before what waits for them, as the worker locks them, which may be writing them just now.
            await work.session.execute(sa.select(Peer.host).order_by(Peer.host).with_for_update())
            await work.session.execute(sa.text("DELETE FROM deliveries WHERE state = 'waiting'"))
            await work.session.execute(sa.text("UPDATE peers SET due_at = NULL"))

    async def going(self) -> int:
        """Deliveries that wait, and posts whose deliveries are not written yet."""
        return await self.count(
            "SELECT (SELECT count(*) FROM deliveries WHERE state = 'waiting') + (SELECT count(*) FROM fanouts)"
        )

    async def quiet(self, within: float = 60) -> None:
        """Wait until nothing that came in, and nothing that is due to go out, waits."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while loop.time() - begun < within:
            coming = await self.count("SELECT count(*) FROM received WHERE state = 'waiting'")
            if not coming and not await self.going():
                return
            await asyncio.sleep(0.2)

    # as an app

    async def call(self, name: str, method: str, path: str, **values: Any) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"Host": self.place.host})
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        url = f"http://127.0.0.1:{self.place.port}{path}"
        async with self._session.request(method, url, headers=headers, json=values or None) as answer:
            assert answer.status == 200, f"{method} {path}: {answer.status} {await answer.text()}"
            return orjson.loads(await answer.read())

    def get(self, path: str, accept: str, token: str = "") -> bytes:
        """A whole GET, ready to be sent."""
        bearer = f"Authorization: Bearer {self.tokens[token]}\r\n" if token else ""
        return f"GET {path} HTTP/1.1\r\nHost: {self.place.host}\r\nAccept: {accept}\r\n{bearer}\r\n".encode()

    # from elsewhere

    def activities(self, number: int) -> list[tuple[str, bytes]]:
        """So many as servers send them: 70 % notes, 20 % answers, 10 % passed on. (id, whole request)."""
        rng = random.Random(number)
        found = []
        for index in range(number):
            sender = rng.randrange(SENDERS)
            uri = self.elsewhere.person(f"k{sender % SENDER_HOSTS}", sender)
            kind = rng.choices(("note", "answer", "boost"), (70, 20, 10))[0]
            now = datetime.now(UTC)
            if kind == "boost":
                activity = {
                    "@context": CONTEXT[0], "id": f"{uri}/statuses/{uuid.uuid4().int % 10**15}/activity",
                    "type": "Announce", "actor": uri, "published": _iso(now), "to": [PUBLIC],
                    "cc": [f"{uri}/followers"], "object": rng.choice(self.known_posts),
                }  # fmt: skip
            else:
                document = note(uri, index, now, rng.choice(self.known_posts) if kind == "answer" else None)
                activity = {
                    "@context": MASTODON, "id": f"{document['id']}/activity", "type": "Create", "actor": uri,
                    "published": document["published"], "to": document["to"], "cc": document["cc"],
                    "object": document,
                }  # fmt: skip
            found.append((str(activity["id"]), self.elsewhere.request(self.place, uri, sender, activity)))
        return found

    def spoken_to(self, kind: str, number: int, post_uri: str, member: str) -> list[bytes]:
        """So many activities that have to do with a member: whole requests from people we know."""
        about, found = f"{self.place.base}/ap/actors/{member}", []
        for index in range(number):
            sender = index % SENDERS
            uri, now = self.elsewhere.person(f"k{sender % SENDER_HOSTS}", sender), datetime.now(UTC)
            mention = {"type": "Mention", "href": about, "name": f"@{member}"}
            said: Any = note(uri, index, now)
            verb, cc = "Create", [*said["cc"], about]
            if kind == "answer":
                said |= {"inReplyTo": post_uri, "tag": [mention], "cc": cc}
            elif kind == "mention":
                said |= {"tag": [mention], "cc": cc}
            elif kind == "direct":
                said |= {"to": [about], "cc": [], "tag": [mention]}
            elif kind == "rich":
                tags = [{"type": "Hashtag", "name": "#Oak", "href": f"{uri}/tags/oak"},
                        {"type": "Mention", "href": self.elsewhere.person("k1", 1), "name": "@u1"}]  # fmt: skip
                picture = {"type": "Document", "mediaType": "image/png", "url": f"{uri}/1.png", "name": "A bench"}
                link = f'<p><a href="https://oak.test/{index}">oak.test</a></p>'
                said |= {"tag": tags, "attachment": [picture], "summary": "Wood", "sensitive": True,
                         "content": f"{said['content']}{link}"}  # fmt: skip
            elif kind == "update":
                verb = "Update"
                said = {**said, "id": self.known_posts_of(uri)[index // SENDERS], "updated": _iso(now)}
            else:
                verb, said = ("Like", post_uri) if kind == "like" else ("Follow", about)
            activity = {"@context": MASTODON, "id": f"{uri}/said/{uuid.uuid4().int}", "type": verb, "actor": uri,
                        "object": said}  # fmt: skip
            if isinstance(said, dict):
                activity |= {"published": said["published"], "to": said["to"], "cc": said["cc"]}
            if kind == "undo":
                undone = {"id": f"{uri}/follows/{index}", "type": "Follow", "actor": uri, "object": about}
                activity |= {"type": "Undo", "object": undone}
            found.append(self.elsewhere.request(self.place, uri, sender, activity))
        return found

    def known_posts_of(self, author: str) -> list[str]:
        """What the node has of somebody elsewhere."""
        return [uri for uri in self.known_posts if uri.startswith(f"{author}/")]


MASTODON: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    {
        "ostatus": "http://ostatus.org#", "atomUri": "ostatus:atomUri", "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation", "sensitive": "as:sensitive", "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
    },
]  # fmt: skip


def note(author: str, number: int, at: datetime, parent: str | None = None) -> dict[str, Any]:
    """A note as Mastodon writes it."""
    id = f"{author}/statuses/{uuid.uuid4().int % 10**18}"
    content = f"<p>{TEXT} ({number})</p>"
    return {
        "id": id,
        "type": "Note",
        "summary": None,
        "inReplyTo": parent,
        "published": _iso(at),
        "url": id.replace("/users/", "/@").replace("/statuses/", "/"),
        "attributedTo": author,
        "to": [PUBLIC],
        "cc": [f"{author}/followers"],
        "sensitive": False,
        "atomUri": id,
        "inReplyToAtomUri": parent,
        "conversation": f"tag:{author.split('/')[2]},2026-11-22:objectId={number}:objectType=Conversation",
        "content": content,
        "contentMap": {"en": content},
        "attachment": [],
        "tag": [],
        "replies": {
            "id": f"{id}/replies",
            "type": "Collection",
            "first": {
                "type": "CollectionPage", "next": f"{id}/replies?only_other_accounts=true&page=true",
                "partOf": f"{id}/replies", "items": [],
            },
        },
    }  # fmt: skip


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
