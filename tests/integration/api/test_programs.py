"""What officers let programs do: hear what happens here, see how other hosts are."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp.web as aioweb
import pytest

from node.peers import service as peers
from node.webhooks import service
from support.visitor import Visitor

PASSWORD = "a sentence for a test"
OFFICE = "read write read:peers write:peers read:webhooks write:webhooks"


class Program:
    """Takes what it is told."""

    def __init__(self) -> None:
        self.answer = 204
        self.got: list[tuple[Any, bytes]] = []

    async def take(self, request: aioweb.Request) -> aioweb.Response:
        self.got.append((request.headers.copy(), await request.read()))
        return aioweb.Response(status=self.answer)

    def told(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
async def program(network: Any) -> AsyncIterator[Program]:
    program = Program()
    app = aioweb.Application()
    app.router.add_post("/told", program.take)
    runner = aioweb.AppRunner(app, access_log=None)
    await runner.setup()
    await aioweb.TCPSite(runner, "127.0.0.1", 0).start()
    network.add("books.test", runner.addresses[0][1])
    yield program
    await runner.cleanup()


async def test_a_program_is_told(alpha: Any, join: Any, bob: Any, wire: Any, program: Program, clock: Any) -> None:
    olga = await join(alpha, "Olga", role="officer", scope=OFFICE)
    wanted = {"url": "http://books.test/told", "events": ["post.published", "member.joined"]}
    path = "/api/commensal/v1/webhooks"
    response, made = await wire.ask("POST", path, token=olga.token, json=wanted)
    assert response.status == 200, made
    await bob.do("status_post", "Fresh bread")
    await bob.do("status_post", "For followers", visibility="private")
    await alpha.worker.work_once()
    assert program.told() == ["post.published"]
    headers, body = program.got[0]
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    assert headers["webhook-signature"] == service.sign(key, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert "Fresh bread" in json.loads(body)["data"]["html"]

    program.answer = 500
    await join(alpha, "Nina")
    for minutes in (0, 2, 20, 200):
        clock.forward(minutes=minutes)
        await alpha.worker.work_once()
    assert program.told().count("member.joined") == service.ATTEMPTS
    _, sent = await wire.ask("GET", f"{path}/{made['id']}/messages", token=olga.token)
    assert [(one["event"], one["state"]) for one in sent] == [
        ("member.joined", "failed"), ("post.published", "delivered"),
    ]  # fmt: skip

    # The same on pages: what failed is sent again, the address is switched off, then removed.
    program.answer = 200
    browser: Visitor = await alpha.visitor()
    await browser.log_in("olga", PASSWORD)
    page = await browser.open(f"/office/programs/{made['id']}")
    await browser.send(page, page.form("/again"))
    await alpha.worker.work_once()
    assert program.told().count("member.joined") == service.ATTEMPTS + 1
    page = await browser.open(f"/office/programs/{made['id']}")
    await browser.send(page, page.form(f"/office/programs/{made['id']}", with_field="url"), {"enabled": []})
    await bob.do("status_post", "Nobody hears")
    await alpha.worker.work_once()
    assert program.told().count("post.published") == 1
    page = await browser.open(f"/office/programs/{made['id']}")
    await browser.send(page, page.form("/remove"))
    assert "books.test" not in (await browser.open("/office/programs")).text


async def test_a_token_for_a_script(alpha: Any, join: Any, wire: Any) -> None:
    await join(alpha, "Olga", role="officer", scope=OFFICE)
    browser: Visitor = await alpha.visitor()
    await browser.log_in("olga", PASSWORD)
    page = await browser.open("/office/programs")
    shown = await browser.send(page, page.form("/office/programs/token"), {"name": "Website", "scopes": ["read:peers"]})
    token = shown.body.decode().split('id="token">')[1].split("<")[0]
    response, found = await wire.ask("GET", "/api/commensal/v1/peers", token=token)
    assert (response.status, found) == (200, [])
    response, _ = await wire.ask("GET", "/api/v1/timelines/home", token=token)
    assert response.status == 403


async def test_only_officers(alpha: Any, alice: Any, wire: Any) -> None:
    async with alpha.writing() as work:
        await peers.meet(work, ["beta.test"])
    for method, path in (
        ("GET", "/peers"), ("GET", "/peers/beta.test"), ("POST", "/peers/beta.test/block"), ("GET", "/webhooks"),
        ("POST", "/webhooks"),
    ):  # fmt: skip
        response, content = await wire.ask(method, f"/api/commensal/v1{path}", token=alice.token)
        assert response.status == 403, (path, content)
    assert (await (await alpha.visitor()).open("/office/programs")).path != "/office/programs"


async def test_peers_and_companies(alpha: Any, join: Any, wire: Any) -> None:
    olga = await join(alpha, "Olga", role="officer", scope=OFFICE)
    async with alpha.writing() as work:
        await peers.meet(work, ["beta.test"])
    _, found = await wire.ask("GET", "/api/commensal/v1/peers/beta.test", token=olga.token)
    assert (found["state"], found["waiting_count"]) == ("new", 0)
    path = "/api/commensal/v1/peers/beta.test"
    for act in ("block", "unblock"):  # as on the pages, doors are for administrators
        response, _ = await wire.ask("POST", f"{path}/{act}", token=olga.token, json={"reason": "spam"})
        assert response.status == 403
    adam = await join(alpha, "Adam", role="admin", scope=OFFICE)
    _, closed = await wire.ask("POST", f"{path}/block", token=adam.token, json={"reason": "spam"})
    assert closed["state"] == "closed"
    _, opened = await wire.ask("POST", f"{path}/unblock", token=adam.token)
    assert opened["blocked_at"] is None
    response, _ = await wire.ask("GET", "/api/commensal/v1/peers/nobody.test", token=olga.token)
    assert response.status == 404
    _, office = await wire.ask("GET", "/api/v1/accounts/lookup?acct=office")
    response, house = await wire.ask("GET", f"/api/commensal/v1/companies/{office['id']}")
    assert (response.status, house["is_association"]) == (200, True)
    response, _ = await wire.ask("GET", f"/api/commensal/v1/companies/{olga.actor_id}")
    assert response.status == 404


async def test_what_is_no_webhook(alpha: Any, join: Any, wire: Any) -> None:
    olga = await join(alpha, "Olga", role="admin", scope=OFFICE)
    for wrong in (
        {"url": "ftp://books.test", "events": ["post.published"]},
        {"url": "http://books.test", "events": []},
        {"url": "http://books.test", "events": ["everything"]},
        {"events": ["post.published"]},
    ):
        response, content = await wire.ask("POST", "/api/commensal/v1/webhooks", token=olga.token, json=wrong)
        assert response.status == 422, (wrong, content)
