"""What keeps strangers, forgers and slow or broken clients out."""

import asyncio
import re
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest

from support.nodes import PASSWORD, Nodes, RigNode
from web import middleware


def port_of(node: RigNode) -> int:
    assert node._runner is not None
    return node._runner.addresses[0][1]


async def raw(node: RigNode, data: bytes, wait: float = 5) -> bytes:
    """What comes back for bytes on a socket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(node))
    writer.write(data)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(65536), wait)
    finally:
        writer.close()
        await writer.wait_closed()


def post(path: str, body: bytes, *headers: str, kind: str = "application/x-www-form-urlencoded") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: a.test", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


async def test_a_form_needs_the_token_of_its_browser(node: RigNode) -> None:
    await node.member("Alice")
    visitor, other = await node.visitor(), await node.visitor()
    page = await visitor.open("/login")
    form = page.form("/login$")
    form.fields["csrf"] = (await other.open("/login")).form("/login$").fields["csrf"]
    refused = await visitor.send(page, form, {"username": "alice", "password": PASSWORD})
    assert refused.status == 403
    assert "open too long" in refused.text
    del form.fields["csrf"]
    assert (await visitor.send(page, form, {"username": "alice", "password": PASSWORD})).status == 403


@pytest.mark.parametrize(
    "header", ["Origin: http://evil.test", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"]
)
async def test_a_form_from_another_site_is_refused_before_it_is_read(node: RigNode, header: str) -> None:
    answer = await raw(node, post("/login", b"username=a&password=b&csrf=c", header))
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"another site" in answer


async def test_logging_out_needs_a_post(node: RigNode) -> None:
    alice = await node.logged_in(await node.member("Alice"))
    assert (await alice.open("/logout")).status == 405
    assert (await alice.open("/settings")).status == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("text/plain", b"csrf=x"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"a=b"),
        ("application/x-www-form-urlencoded", b"a=%ff%fe%00&b=\xff\x00"),
        ("application/x-www-form-urlencoded", b"=&&=&%"),
        ("application/x-www-form-urlencoded", b"a=" + b"b" * 300_000),
        ("", b"a"),
    ],
)
async def test_malformed_forms_are_answered_in_the_four_hundreds(node: RigNode, kind: str, body: bytes) -> None:
    answer = await raw(node, post("/login", body, kind=kind))
    assert re.match(rb"HTTP/1.1 4\d\d ", answer), answer[:100]


async def test_unpaired_surrogates_and_control_characters_are_dropped(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.submit(
        "/apply", {"name": "N\x00e\x1bll", "email": "x", "trade": "Baker", "message": "one\r\ntwo\x07"}
    )
    assert page.status == 422
    assert 'value="Nell"' in page.body.decode()


async def test_headers_of_every_page(node: RigNode) -> None:
    await node.member("Alice")
    visitor = await node.visitor()
    for path in ("/", "/login", "/nothing", "/static/0000000000000000/nothing", "/healthz"):
        page = await visitor.open(path)
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in page.headers
    page = await visitor.open("/login")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "private, no-store"


async def test_cookies_over_plain_http_are_http_only_and_lax(node: RigNode) -> None:
    await node.member("Alice")
    visitor = await node.visitor()
    page = await visitor.open("/login")
    page = await visitor.send(page, page.form("/login$"), {"username": "alice", "password": PASSWORD}, follow=False)
    cookie = SimpleCookie(page.headers["Set-Cookie"])["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


async def test_cookies_over_https_are_bound_to_the_host(node: RigNode) -> None:
    node.config = replace(node.config, url="https://a.test", allow_http=False)
    answer = await raw(node, b"GET /login HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
    assert b"Strict-Transport-Security: max-age=" in answer
    cookie = SimpleCookie(re.findall(r"Set-Cookie: ([^\r]+)", answer.decode())[0])["__Host-browser"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")


async def test_a_body_that_drips_is_given_up(node: RigNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.2)
    begun = asyncio.get_running_loop().time()
    answer = await raw(node, post("/login", b"x" * 1000)[:-900])
    assert answer.startswith(b"HTTP/1.1 408")
    assert asyncio.get_running_loop().time() - begun < 3


async def test_a_header_that_is_too_long_is_refused(node: RigNode) -> None:
    for request in (
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.test\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    ):
        assert re.match(rb"HTTP/1\.[01] 4", await raw(node, request))


async def test_errors_look_like_the_house(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.open("/no/such/page")
    assert page.status == 404
    assert "There is nothing here." in page.text
    assert page.link("To the front door") == "http://a.test/"
    for path in ("/no\x00", "/%00", "/%ff%fe", "/settings/sessions/9" + "9" * 30 + "/end", "/join/" + "x" * 3000):
        answer = await raw(node, f"GET {path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n".encode())
        assert re.match(rb"HTTP/1\.[01] 4", answer), path


async def test_what_crashes_is_told_without_details(node: RigNode, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("web.pages.front.table", broken)
    page = await (await node.visitor()).open("/")
    assert page.status == 500
    assert "Something broke on our side" in page.text
    assert "secret detail" not in page.body.decode()
    headers = {name.lower(): value for name, value in page.headers.items()}
    assert headers["x-request-id"] in page.text


async def test_too_many_attempts_say_when_it_works_again(nodes: Nodes) -> None:
    node = await nodes.start("a.test", rate_limits=True)
    await node.member("Alice")
    visitor = await node.visitor()
    for _ in range(12):
        page = await visitor.submit("/login", {"username": "alice", "password": "wrong password"})
    assert page.status == 422
    assert "too often" in page.text
    assert 'value="alice"' in page.body.decode()


async def test_a_header_that_never_ends_is_given_up(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.app.KEEP_ALIVE_SECONDS", 0.3)
    node = await nodes.start("a.test")
    begun = asyncio.get_running_loop().time()
    assert await raw(node, b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: ") == b""
    assert asyncio.get_running_loop().time() - begun < 3
