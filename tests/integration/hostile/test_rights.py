"""Rights that end, end everywhere and at once; and what members upload is a picture or nothing."""

import asyncio
import io
import json
import time
from urllib.parse import urlsplit

import aiohttp
import pytest
import sqlalchemy as sa
from PIL import Image

from node.accounts import service as accounts
from node.accounts import tokens
from node.outbox.model import Activity
from node.posts.model import Post
from node.sanctions import service as sanctions
from support.network import Network
from support.nodes import Member, Nodes, RigNode
from support.peer import ACTIVITY, Peer


@pytest.fixture
async def target(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def token_of(target: RigNode, who: Member) -> dict[str, str]:
    async with target.writing() as work:
        token, _ = await tokens.make_row(work, who.account_id, "App", ["read", "write"], None)
    return {"Authorization": f"Bearer {token}"}


async def test_nothing_of_a_suspended_author_is_left_standing(target: RigNode, peer: Peer) -> None:
    alice, carol = await target.member("Alice Baker"), await target.member("Carol Other")
    author = await target.logged_in(alice)
    await author.submit("/posts/new", {"text": "Fresh bread tomorrow"}, button="Say it")
    sam = peer.person("sam")
    async with target.reading() as work:
        [post] = (await work.session.scalars(sa.select(Post).where(Post.author_id == alice.actor_id))).all()
        acts = await work.session.scalars(sa.select(Activity.uri).where(Activity.actor_id == alice.actor_id))
        wire = [post.uri, alice.uri, *acts.all()]
    assert len(wire) >= 3
    pages = ["/@alice", f"/@alice/{post.id}"]
    assert {(await peer.get(uri, signer=sam)).status for uri in wire} == {200}
    reader = await target.logged_in(carol)
    assert {(await reader.open(path)).status for path in pages} == {200}
    olga = await target.member("Olga Office", role="officer")
    async with target.writing() as work:
        await sanctions.suspend(work, olga.account_id, alice.actor_id)
    for uri in wire:
        for signer in (sam, None):
            answer = await peer.get(uri, signer=signer)
            assert answer.status in (404, 410), uri
            assert b"Fresh bread" not in answer.body
    for visitor in (reader, await target.visitor(), author):
        for path in (*pages, "/feed?lens=both", "/search?q=bread", "/directory"):
            assert "Fresh bread" not in (await visitor.open(path)).text, path
    assert (await author.open("/settings")).path == "/login"


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_news_stop_when_the_right_to_them_does(target: RigNode) -> None:
    alice = await target.member("Alice Baker")
    visitor = await target.logged_in(alice)
    stream = asyncio.create_task(visitor.ask("GET", "/events"))
    await asyncio.sleep(0.1)
    assert not stream.done(), "the page listens"
    async with target.writing() as work:
        await accounts.suspend(work, alice.account_id)
    async with asyncio.timeout(5):
        said = await stream
    assert "post" not in said.text
    again = await visitor.ask("GET", "/events")
    assert again.status in (303, 401, 403)


SCRIPT = b"<html><script>alert(document.domain)</script></html>"


def _png(comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "teal").save(out, "PNG")
    return out.getvalue() + comment


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (20, 20)).save(out, "GIF", comment=b"*/=1;alert(document.domain)/*" + SCRIPT)
    return out.getvalue()


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "JPEG", comment=SCRIPT, exif=b"Exif\x00\x00" + SCRIPT)
    return out.getvalue()


ACTOR = json.dumps({"@context": "https://www.w3.org/ns/activitystreams", "type": "Person", "id": "http://a.test/x"})
UPLOADS = {
    "a page as a picture": (SCRIPT, "a.png", "image/png"),
    "a page after a picture": (_png(SCRIPT), "a.html", "text/html"),
    "an archive after a picture": (_png(b"PK\x05\x06" + b"\x00" * 18), "a.png", "application/zip"),
    "a script in the comment": (_gif(), "a.js", "application/javascript"),
    "a page in the camera's notes": (_jpeg(), "../../../../etc/cron.d/x\x00.jpg", "image/jpeg"),
    "a drawing with a script": (
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>', "a.svg",
        "image/svg+xml",
    ),
    "an actor": (ACTOR.encode(), "a.json", ACTIVITY),
    "an actor after a picture": (_png(ACTOR.encode()), "a.json", ACTIVITY),
    "nothing": (b"", "a.png", "image/png"),
    "a bomb": (_png()[:16] + (60_000).to_bytes(4, "big") * 2 + _png()[24:], "a.png", "image/png"),
}  # fmt: skip


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_an_upload_is_a_picture_and_nothing_else(target: RigNode, network: Network) -> None:
    alice = await target.member("Alice Baker")
    visitor, headers = await target.logged_in(alice), await token_of(target, alice)
    kept = 0
    for name, (data, filename, kind) in UPLOADS.items():
        status, address = await upload(network.port("a.test"), data, filename, kind, headers)
        assert status in (200, 202, 400, 413, 415, 422), name
        if status >= 400:
            continue
        kept += 1
        assert address.startswith("/media/") and ".." not in address
        for accept in ("image/*", "text/html", ACTIVITY):
            served = await visitor.open(address, accept=accept)
            assert served.status == 200
            assert served.headers["Content-Type"].startswith("image/")
            assert "svg" not in served.headers["Content-Type"]
            assert served.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in served.headers["Content-Security-Policy"]
            for foreign in (b"<script", b"alert(", b"activitystreams", b"PK\x05\x06"):
                assert foreign not in served.body, (name, foreign)
    assert kept == 5, "true pictures are taken"


async def upload(port: int, data: bytes, filename: str, kind: str, headers: dict[str, str]) -> tuple[int, str]:
    """By an app: status, and the address of what was kept."""
    form = aiohttp.FormData()
    form.add_field("file", data, filename=filename.replace("\x00", ""), content_type=kind)
    async with (
        aiohttp.ClientSession(headers={"Host": "a.test", **headers}) as session,
        session.post(f"http://127.0.0.1:{port}/api/v2/media", data=form) as answer,
    ):
        return answer.status, urlsplit((await answer.json()).get("url") or "").path


async def test_asking_for_a_new_password_takes_as_long_for_everybody(target: RigNode) -> None:
    alice = await target.member("Alice Baker")
    visitor = await target.visitor()
    took = {}
    for email in (f"{alice.username}@mail.test", "nobody@mail.test"):
        begun = time.monotonic()
        page = await visitor.submit("/forgot", {"email": email})
        took[email] = time.monotonic() - begun
        assert page.status == 200
    assert min(took.values()) > 0.15
