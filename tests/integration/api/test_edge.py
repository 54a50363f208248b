"""What every answer has in common, and that nothing an app sends is our fault."""

import random
import string
from collections import Counter
from typing import Any

import pytest

from node.ids import new_id


async def test_errors_have_mastodons_shape(wire: Any, alice: Any) -> None:
    for method, path, status in [
        ("GET", "/api/v1/accounts/verify_credentials", 401),
        ("GET", "/api/v1/statuses/1", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/instance", 405),
    ]:
        response, content = await wire.ask(method, path)
        assert response.status == status, path
        assert isinstance(content["error"], str)
        assert isinstance(content["error_description"], str)
        assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_scopes_are_checked(wire: Any, alice: Any) -> None:
    reader = await alice.limited("read:accounts")
    response, content = await wire.ask("POST", "/api/v1/statuses", token=reader.token, json={"status": "Hi"})
    assert response.status == 403
    assert "write:statuses" in content["error"]
    response, _ = await wire.ask("GET", "/api/v1/accounts/verify_credentials", token=reader.token)
    assert response.status == 200
    follower = await alice.limited("follow")
    response, _ = await wire.ask("POST", "/api/v1/accounts/1/follow", token=follower.token)
    assert response.status == 404


async def test_a_preflight(wire: Any) -> None:
    headers = {"Origin": "https://app.test", "Access-Control-Request-Method": "POST"}
    response, _ = await wire.ask("OPTIONS", "/api/v1/statuses", headers=headers)
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]
    headers["Access-Control-Request-Headers"] = "authorization,x-client"
    for path in ("/oauth/token", "/.well-known/webfinger", "/nodeinfo/2.0", "/.well-known/oauth-authorization-server"):
        response, _ = await wire.ask("OPTIONS", path, headers=headers)
        assert (response.status, response.headers.getall("Access-Control-Allow-Origin")) == (204, ["*"]), path
        assert response.headers["Access-Control-Allow-Headers"] == "authorization,x-client"
    headers["Access-Control-Request-Headers"] = "nonsense; here"
    response, _ = await wire.ask("OPTIONS", "/oauth/token", headers=headers)
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]


async def test_limits_are_told(wire: Any, alice: Any) -> None:
    first, _ = await wire.ask("GET", "/api/v1/timelines/home", token=alice.token)
    second, _ = await wire.ask("GET", "/api/v1/timelines/home", token=alice.token)
    left = [int(response.headers["X-RateLimit-Remaining"]) for response in (first, second)]
    assert left[0] == left[1] + 1
    assert first.headers["X-RateLimit-Reset"].endswith("Z")
    assert "Link" in first.headers["Access-Control-Expose-Headers"]
    invented = [await wire.ask("GET", "/api/v1/timelines/home", token=f"made up {number}") for number in range(2)]
    left = [int(response.headers["X-RateLimit-Remaining"]) for response, _ in invented]
    assert left[0] == left[1] + 1  # they have no count of their own


async def test_trailing_slashes_and_unknown_parameters(wire: Any, alice: Any) -> None:
    for path in ("/api/v1/timelines/home/?unknown=1", "/api/v2/instance/", "/api/v1/accounts/verify_credentials/"):
        response, _ = await wire.ask("GET", path, token=alice.token)
        assert response.status == 200, path


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"status": "Hello", "sensitive": "true", "visibility": "unlisted"}},
        {"data": {"status": "Hello", "sensitive": "1", "visibility": "unlisted"}},
        {"multipart": {"status": "Hello", "sensitive": "on", "visibility": "unlisted"}},
        {"text": "status=Hello&sensitive=true&visibility=unlisted"},
    ],
    ids=["json", "form", "multipart", "untyped"],
)
async def test_bodies_of_every_kind(wire: Any, alice: Any, body: dict[str, Any]) -> None:
    import aiohttp

    values: dict[str, Any] = body
    if "multipart" in body:
        with aiohttp.MultipartWriter("form-data") as writer:
            for name, value in body["multipart"].items():
                writer.append(value).set_content_disposition("form-data", name=name)
        values = {"data": writer}
    elif "text" in body:
        values = {"data": body["text"].encode(), "headers": {"Content-Type": "text/plain"}}
    response, content = await wire.ask("POST", "/api/v1/statuses", token=alice.token, **values)
    assert response.status == 200, content
    assert (content["visibility"], content["sensitive"], content["content"]) == ("unlisted", True, "<p>Hello</p>")


async def test_what_an_app_does_not_see_of_a_cookie(alpha: Any, alice: Any) -> None:
    """A browser that is logged in is nobody to the API: no site may act through its cookie."""
    browser = await alpha.visitor()
    await browser.log_in("alice", "a sentence for a test")
    page = await browser.ask("POST", "/api/v1/statuses", data=b'{"status":"x"}', content_type="application/json")
    assert page.status == 401


NASTY = [
    "", " ", "0", "-1", "1", "null", "true", "9" * 18, str(2**63 - 1), str(2**63), "9" * 400, "1.5", "1e9", "NaN",
    "\x00", "a\x00b", "\ud7ff", "🙂" * 50, "%", "%00", "'", '"', "';--", "<script>", "../../etc/passwd", "@", "@@",
    "@x@", "@x@localhost",
    "http://127.0.0.1/", "https://[::1", "acct:", "#", "##", "*", '"*', "x" * 1000, "ﬀ", "İ", "\u202e",
    "a@b@c", "read write", "١٢٣",
]  # fmt: skip


async def test_nothing_that_is_sent_is_our_fault(wire: Any, alice: Any, bob: Any, alpha: Any) -> None:
    """Every address, with nonsense in every place."""
    post = await alice.do("status_post", "Here")
    chance = random.Random(7)
    app = alpha._runner.app
    routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo"))
        and "/streaming" not in route.resource.canonical
        and not route.resource.canonical.endswith("/")
    }
    assert len(routes) > 80
    seen: Counter[int] = Counter()
    for method, path in sorted(routes):
        for _ in range(4):
            address = path
            for name in ("id", "tag", "key", "host"):
                value = chance.choice([str(post.id), str(bob.actor_id), *NASTY])
                address = address.replace("{" + name + "}", _quoted(value) or "x")
            values: dict[str, Any] = {}
            names = chance.sample(NAMES, 6)
            given = {name: chance.choice(NASTY) for name in names}
            address += "?" + "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in given.items())[:2500]
            if method in ("POST", "PUT", "PATCH", "DELETE"):
                values = chance.choice(
                    [
                        {"json": {name: chance.choice([*NASTY, *ODD]) for name in chance.sample(NAMES, 8)}},
                        {"data": {name: chance.choice(NASTY) for name in chance.sample(NAMES, 8)}},
                        {"data": chance.choice(BROKEN), "headers": {"Content-Type": chance.choice(KINDS)}},
                    ]
                )
            response, content = await wire.ask(method, address, token=alice.token, **values)
            assert response.status < 500, (method, address, values, content)
            seen[response.status] += 1
    for value in NASTY:
        for stream in ("list", "hashtag/x", "x"):
            address = f"/api/v1/streaming/{stream}?list={_quoted(value)}&tag={_quoted(value)}"
            response, content = await wire.ask("GET", address, token=alice.token)
            assert 400 <= response.status < 500, (address, content)
    assert seen[200] > 100  # the nonsense was in the way of real answers, not all of it at a locked door


NAMES = [
    "status", "visibility", "in_reply_to_id", "media_ids[]", "media_ids", "poll", "poll[options][]", "language", "q",
    "limit", "offset", "max_id", "since_id", "min_id", "types[]", "exclude_types[]", "id[]", "id", "acct", "resolve",
    "home[last_read_id]", "home", "file", "description", "focus", "grant_type", "client_id", "client_secret", "code",
    "redirect_uri", "scope", "scopes", "redirect_uris", "client_name", "any[]", "none[]", "all[]", "account_id", "type",
    "spoiler_text", "sensitive", "scheduled_at", "display_name", "note", "fields_attributes[0][name]", "locked",
    "source[privacy]", "title", "purpose", "price", "currency", "question", "side", "category", "terms", "until",
    "before", "after", "tagged", "text", "website", "media_attributes[][id]", "media_attributes[][focus]", "domain",
    "duration", "context[]", "expires_in", "keywords_attributes[][keyword]", "choices[]", "account_ids[]", "name",
    "replies_policy", "status_ids[]", "subscription[endpoint]", "order", "account_id[]",
]  # fmt: skip
ODD: list[Any] = [None, True, 0, -1, 2**62, 1.5, [], {}, [[]], [None], {"a": {"b": []}}, ["x"] * 300, {"0": "x"}]
BROKEN = [b"{", b"[1]", b"\xff\xfe", b"--x\r\n", b"a" * 2000, b'{"a":' * 100, b'{"a":1e999}', b"%zz=%", b"\x00" * 10]
KINDS = [
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded; charset=nonsense", "text/plain", "image/png",
    "application/json; charset=utf-16",
]  # fmt: skip


def _quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value.encode("utf-8", "surrogatepass"), safe="")


async def test_ids_far_away(wire: Any, alice: Any, alpha: Any) -> None:
    unknown = new_id(alpha.clock())
    for path in (f"/api/v1/statuses/{unknown}", f"/api/v1/accounts/{unknown}", f"/api/v1/media/{unknown}"):
        response, _ = await wire.ask("GET", path, token=alice.token)
        assert response.status == 404
    for token in ("", "x" * 10_000, "Ü", "'", "\x7f" * 9, *string.punctuation):
        headers = {"Authorization": f"Bearer {token}"}
        try:
            response, _ = await wire.ask("GET", "/api/v1/timelines/home", headers=headers)
        except ValueError:
            continue  # what a client library does not even let out
        assert response.status in (400, 401)


async def test_what_there_is_not_is_said_in_words(wire: Any, alice: Any, bob: Any) -> None:
    post = await bob.do("status_post", "Here")
    new = {"username": "eve", "email": "eve@mail.test", "password": "x" * 20, "agreement": True, "locale": "en"}
    later = {"status": "Later", "scheduled_at": "2099-01-01T00:00:00Z"}
    for status, words, method, path, values in [
        (403, "An app cannot register", "POST", "/api/v1/accounts", new),
        (422, "cannot be scheduled", "POST", "/api/v1/statuses", later),
        (422, "Profiles here", "POST", f"/api/v1/accounts/{bob.actor_id}/endorse", {}),
        (404, "not translated", "POST", f"/api/v1/statuses/{post.id}/translate", {"lang": "fr"}),
        (422, "contact hours", "PATCH", "/api/v2/notifications/policy", {"for_new_accounts": "filter"}),
        (422, "contact hours", "PUT", "/api/v1/notifications/policy", {"filter_not_following": True}),
        (404, "nothing", "POST", "/api/v1/notifications/requests/accept", {"id": ["1"]}),
    ]:
        response, content = await wire.ask(method, path, token=alice.token, json=values)
        assert response.status == status, (path, content)
        assert words in content["error"], (path, content)
