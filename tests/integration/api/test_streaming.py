"""News as they happen, by server-sent events and over a WebSocket."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import mastodon
import pytest

from node.accounts import tokens
from node.actors.model import Actor
from node.live import Bus
from node.posts import service as posts
from node.posts.service import Draft
from support.entities import faults
from web.api import streaming
from web.api.channels import WATCHED


class Heard(mastodon.StreamListener):
    """Keeps what came."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def on_update(self, status: Any) -> None:
        self.events.append(("update", status.content))

    def on_status_update(self, status: Any) -> None:
        self.events.append(("status.update", status.content))

    def on_delete(self, status_id: Any) -> None:
        self.events.append(("delete", str(status_id)))

    def on_notification(self, notification: Any) -> None:
        self.events.append((notification.type, notification.account.acct))

    def on_abort(self, err: Exception) -> None:
        self.events.append(("end", type(err).__name__))

    async def wait(self, name: str) -> Any:
        async with asyncio.timeout(10):
            while not [event for event in self.events if event[0] == name]:
                await asyncio.sleep(0.02)
        return next(value for kind, value in self.events if kind == name)


async def test_an_app_hears_what_happens(alice: Any, bob: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.5)  # with which the library notices that it was closed
    await bob.do("account_follow", alice.actor_id)
    heard = Heard()
    stream = await bob.do("stream_user", heard, run_async=True)
    try:
        await _open_streams(bob)
        post = await alice.do("status_post", "First @bob")
        assert "First" in await heard.wait("update")
        assert await heard.wait("mention") == "alice"
        await alice.do("status_update", post, "Second @bob")
        assert "Second" in await heard.wait("status.update")
        await alice.do("status_delete", post)
        assert await heard.wait("delete") == str(post.id)
    finally:
        await asyncio.to_thread(stream.close)


async def _open_streams(person: Any) -> None:
    async with asyncio.timeout(10):
        while person.account_id not in person.node.bus._listeners:
            await asyncio.sleep(0.02)


async def test_revoking_a_token_ends_its_streams(alice: Any, bob: Any, wire: Any, alpha: Any) -> None:
    await alice.do("account_follow", bob.actor_id)
    bakers = await alice.do("list_create", "Bakers")
    await alice.do("list_accounts_add", bakers, [bob.actor_id])
    headers = {"Authorization": f"Bearer {alice.token}"}
    async with contextlib.AsyncExitStack() as stack:
        open_ones = []
        for stream in ("user", "hashtag?tag=rye", "hashtag/local?tag=rye", f"list?list={bakers.id}", "direct"):
            address = f"{wire.base}/api/v1/streaming/{stream}"
            response = await stack.enter_async_context(wire.session.get(address, headers=headers))
            assert (response.status, response.content_type) == (200, "text/event-stream"), stream
            assert await response.content.readline() == b":)\n"
            open_ones.append(response)
        socket = await stack.enter_async_context(
            wire.session.ws_connect(f"{wire.base}/api/v1/streaming?stream=list&list={bakers.id}", headers=headers)
        )
        await bob.do("status_post", "Fresh #rye")
        for response in open_ones[:-1]:
            async with asyncio.timeout(5):
                assert await response.content.readline() == b"event: update\n"
                assert b"Fresh" in await response.content.readline()
                assert await response.content.readline() == b"\n"
        assert (await socket.receive_json(timeout=5))["event"] == "update"
        async with alpha.writing() as work:
            held = await tokens.find(work, alice.token)
            assert held is not None
            await tokens.revoke(work, alice.account_id, held.token_id)
        async with asyncio.timeout(1):
            for response in open_ones:
                assert await response.content.read() == b""
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_one_socket_carries_many_streams(alice: Any, bob: Any, wire: Any) -> None:
    async with wire.session.ws_connect(f"{wire.base}/api/v1/streaming?access_token={alice.token}") as socket:
        await socket.send_json({"type": "subscribe", "stream": "public:local"})
        await socket.send_json({"type": "subscribe", "stream": "hashtag", "tag": "oak"})
        await socket.send_json({"type": "subscribe", "stream": "nonsense"})
        assert "Unknown stream" in (await socket.receive_json(timeout=5))["error"]
        await bob.do("status_post", "Fresh #oak boards")
        told = [await socket.receive_json(timeout=5) for _ in range(2)]
        assert sorted(message["stream"] for message in told) == [["hashtag", "oak"], ["public:local"]]
        assert {message["event"] for message in told} == {"update"}
        assert "boards" in json.loads(told[0]["payload"])["content"]


async def test_lists_and_messages_over_a_socket(alice: Any, bob: Any, join: Any, alpha: Any, wire: Any) -> None:
    carol = await join(alpha, "Carol")
    for other in (bob, carol):
        await alice.do("account_follow", other.actor_id)
    bakers = await alice.do("list_create", "Bakers")
    await alice.do("list_accounts_add", bakers, [bob.actor_id])
    async with wire.session.ws_connect(f"{wire.base}/api/v1/streaming?access_token={alice.token}") as socket:
        for stream, part in (("list", "1"), ("list", "x"), ("list", "")):
            await socket.send_json({"type": "subscribe", "stream": stream, "list": part})
            assert (await socket.receive_json(timeout=5))["error"]
        await socket.send_json({"type": "subscribe", "stream": "list", "list": str(bakers.id)})
        await socket.send_json({"type": "subscribe", "stream": "direct"})
        await socket.send_json({"type": "subscribe", "stream": "nonsense"})
        assert (await socket.receive_json(timeout=5))["error"]  # everything before it is heard by now
        await carol.do("status_post", "Tiles")
        await bob.do("status_post", "Rye")
        told = await socket.receive_json(timeout=5)
        assert (told["stream"], told["event"]) == (["list", str(bakers.id)], "update")
        assert "Rye" in told["payload"]
        first = await carol.do("status_post", "@alice quietly", visibility="direct")
        told = await socket.receive_json(timeout=5)
        assert (told["stream"], told["event"]) == (["direct"], "conversation")
        message = json.loads(told["payload"])
        assert faults(message, "Conversation") == []
        assert (message["last_status"]["id"], message["unread"]) == (str(first.id), True)
        await alice.do("list_delete", bakers)
        await bob.do("status_post", "Nobody hears it here")
        second = await carol.do("status_post", "@alice again", visibility="direct", in_reply_to_id=first)
        told = await socket.receive_json(timeout=5)
        assert json.loads(told["payload"])["last_status"]["id"] == str(second.id)


async def test_a_token_may_come_as_the_protocol(alice: Any, bob: Any, wire: Any) -> None:
    async with wire.session.ws_connect(
        f"{wire.base}/api/v1/streaming?stream=user:notification", protocols=[alice.token]
    ) as socket:
        await bob.do("account_follow", alice.actor_id)
        message = await socket.receive_json(timeout=5)
        assert message["event"] == "notification"
        assert json.loads(message["payload"])["type"] == "follow"


NONSENSE = ["", "{", "[]", "7", '{"type":"subscribe"}', '{"type":{"a":1},"stream":[]}']


async def test_nonsense_over_the_socket_is_survived(alice: Any, wire: Any) -> None:
    for message in NONSENSE:
        async with wire.session.ws_connect(f"{wire.base}/api/v1/streaming?access_token={alice.token}") as socket:
            await socket.send_str(message)
            await socket.send_json({"type": "subscribe", "stream": "nonsense"})
            async with asyncio.timeout(5):
                while "Unknown stream" not in (await socket.receive_json())["error"]:
                    pass


async def test_strangers_hear_nothing(alpha: Any, wire: Any, alice: Any) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await wire.session.ws_connect(f"{wire.base}/api/v1/streaming?stream=user&access_token=invented")
    assert refused.value.status == 401
    response, _ = await wire.ask("GET", "/api/v1/streaming/user")
    assert response.status == 401
    limited = await alice.limited("write:statuses")
    response, _ = await wire.ask("GET", "/api/v1/streaming/user", token=limited.token)
    assert response.status == 403


async def test_nothing_is_lost_of_what_comes_at_once(alice: Any, bob: Any, alpha: Any, wire: Any) -> None:
    """A burst in one unit, each told once and in order, edits after it; taken back it does not bring older ones up."""
    await alice.do("account_follow", bob.actor_id)
    old = [(await bob.do("status_post", f"Old {number}")).id for number in range(2)]
    async with wire.session.ws_connect(
        f"{wire.base}/api/v1/streaming?access_token={alice.token}&stream=user"
    ) as socket:
        async with alpha.writing() as work:
            author = await work.session.get_one(Actor, bob.actor_id)
            made = [(await posts.publish(work, author, Draft(f"Loaf {number}"))).id for number in range(WATCHED + 5)]
            await posts.revise(work, author, made[-1], Draft("Edited at once"))
        told = [await socket.receive_json(timeout=5) for _ in made]
        assert {message["event"] for message in told} == {"update"}
        assert [json.loads(message["payload"])["id"] for message in told] == [str(id) for id in made]
        assert "Edited" in told[-1]["payload"]
        alpha.time.forward(seconds=1)
        await bob.do("status_update", made[-1], "Edited later")
        assert (await socket.receive_json(timeout=5))["event"] == "status.update"
        await socket.send_json({"type": "subscribe", "stream": "user"})  # already
        await socket.send_json({"type": "unsubscribe", "stream": "public"})  # never was
        await bob.do("status_delete", made[-1])
        assert (await socket.receive_json(timeout=5)) == {
            "stream": ["user"], "event": "delete", "payload": str(made[-1]),
        }  # fmt: skip
        await alice.do("create_filter_v2", "Rye", ["home"], "warn")
        assert (await socket.receive_json(timeout=5)) == {"stream": ["user"], "event": "filters_changed"}
        await bob.do("status_post", "Last")
        told = await socket.receive_json(timeout=5)
        assert (told["event"], "Last" in told["payload"], old[0] in made) == ("update", True, False)


def test_a_noisy_topic_does_not_crowd_out_the_others() -> None:
    bus = Bus()
    with bus.listen(1) as topics:
        for _ in range(200):
            bus.publish(1, "feed")
        bus.publish(1, "notifications")
        assert [topics.get_nowait() for _ in range(topics.qsize())] == ["feed", "notifications"]
