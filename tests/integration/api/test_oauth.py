"""An app is let in: registration, consent in the browser, the code, the token, and its end."""

import asyncio
import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import mastodon
import pytest

from node.accounts.model import Account

VERIFIER = "a-verifier-of-an-app-that-is-long-enough-for-the-rule"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "a sentence for a test"
RETURN = "https://app.test/back?kept=1"


async def register(wire: Any, **values: Any) -> Any:
    response, content = await wire.ask(
        "POST",
        "/api/v1/apps",
        json={"client_name": "Pocket", "redirect_uris": RETURN, "scopes": "read write", **values},
    )
    assert response.status == 200, content
    return content


def wish(app: Any, **values: str) -> str:
    return "/oauth/authorize?" + urlencode(
        {
            "response_type": "code",
            "client_id": app["client_id"],
            "redirect_uri": RETURN,
            "scope": "read write",
            "state": "s t",
            **values,
        }
    )


async def code_for(alpha: Any, address: str) -> str:
    """A member opens the page in a browser, logs in on the way, and says yes."""
    browser = await alpha.visitor()
    await browser.log_in("alice", PASSWORD)
    page = await browser.open(address)
    assert page.status == 200, page.text
    answer = await browser.send(page, page.form("/oauth/authorize"), button="Yes", follow=False)
    assert answer.status == 303
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == "https://app.test/back"
    told = parse_qs(back.query)
    assert told["kept"] == ["1"]
    assert told["state"] == ["s t"]
    return told["code"][0]


async def exchange(wire: Any, app: Any, code: str, **values: Any) -> Any:
    given = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": RETURN,
        "code": code,
        **values,
    }
    return await wire.ask("POST", "/oauth/token", data={name: value for name, value in given.items() if value})


async def test_an_app_of_a_phone_is_let_in_by_a_copied_code(alpha: Any, alice: Any, network: Any) -> None:
    """As Mastodon.py does it: create_app, auth_request_url, log_in(code)."""
    id, secret = await asyncio.to_thread(
        mastodon.Mastodon.create_app,
        "Pocket",
        scopes=["read", "write"],
        api_base_url=alpha.base,
        session=client_session(network),
    )
    app = client_of(alpha, network, client_id=id, client_secret=secret)
    address = await asyncio.to_thread(app.auth_request_url, scopes=["read", "write"], allow_http=True)
    browser = await alpha.visitor()
    await browser.log_in("alice", PASSWORD)
    page = await browser.open(address.removeprefix(alpha.base))
    assert "Pocket" in page.text
    shown = await browser.send(page, page.form("/oauth/authorize"), button="Yes")
    code = shown.body.decode().split('id="code">')[1].split("<")[0]
    token = await asyncio.to_thread(app.log_in, code=code, scopes=["read", "write"], allow_http=True)
    me = await asyncio.to_thread(app.account_verify_credentials)
    assert me.acct == "alice"
    assert (await asyncio.to_thread(app.app_verify_credentials)).name == "Pocket"
    listed = await browser.open("/settings/apps")
    assert "Pocket" in listed.text
    await asyncio.to_thread(app.revoke_access_token, allow_http=True)
    app = client_of(alpha, network, access_token=token)
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        await asyncio.to_thread(app.account_verify_credentials)


def client_session(network: Any) -> Any:
    import requests
    from requests.adapters import HTTPAdapter

    class ToThisMachine(HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            host = urlsplit(request.url).netloc
            request.headers["Host"] = host
            request.url = request.url.replace(host, f"127.0.0.1:{network.port(host)}", 1)
            return super().send(request, *args, **kwargs)

    session = requests.Session()
    session.mount("http://", ToThisMachine())
    return session


def client_of(node: Any, network: Any, **values: Any) -> mastodon.Mastodon:
    return mastodon.Mastodon(api_base_url=node.base, session=client_session(network), **values)


async def test_pkce_instead_of_a_secret(alpha: Any, alice: Any, wire: Any) -> None:
    app = await register(wire)
    code = await code_for(alpha, wish(app, code_challenge=CHALLENGE, code_challenge_method="S256"))
    response, content = await exchange(wire, app, code, client_secret=None, code_verifier="x" * 43)
    assert (response.status, content["error"]) == (400, "invalid_grant")
    response, content = await exchange(wire, app, code, client_secret=None, code_verifier=VERIFIER)
    assert response.status == 200
    assert content["token_type"] == "Bearer"
    assert content["scope"] == "read write"
    response, me = await wire.ask("GET", "/api/v1/accounts/verify_credentials", token=content["access_token"])
    assert me["acct"] == "alice"


async def test_a_token_that_is_renewed(alpha: Any, alice: Any, wire: Any, clock: Any) -> None:
    """An app that asks for offline_access gets tokens that run out, and renews them; each refresh token works once."""
    app = await register(wire, scopes="read offline_access")
    code = await code_for(alpha, wish(app, scope="read offline_access"))
    _, first = await exchange(wire, app, code)
    assert first["expires_in"] == 7200
    clock.forward(hours=3)
    me = "/api/v1/accounts/verify_credentials"
    assert (await wire.ask("GET", me, token=first["access_token"]))[0].status == 401
    given = {"grant_type": "refresh_token", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    renewal = {**given, "refresh_token": first["refresh_token"]}
    response, second = await wire.ask("POST", "/oauth/token", data=renewal)
    assert response.status == 200
    assert (await wire.ask("GET", me, token=second["access_token"]))[0].status == 200
    for wrong in (renewal, {**given, "refresh_token": ""}, {**given, "client_secret": "x", "refresh_token": "x"}):
        response, content = await wire.ask("POST", "/oauth/token", data=wrong)
        assert response.status in (400, 401), content
    # A spent one that comes later was stolen: neither the thief nor the app goes on with what they have.
    clock.forward(minutes=1)
    assert (await wire.ask("POST", "/oauth/token", data=renewal))[0].status == 400
    assert (await wire.ask("GET", me, token=second["access_token"]))[0].status == 401
    response, _ = await wire.ask("POST", "/oauth/token", data={**given, "refresh_token": second["refresh_token"]})
    assert response.status == 400

    code = await code_for(alpha, wish(app, scope="read offline_access"))
    _, third = await exchange(wire, app, code)
    ended = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": third["refresh_token"]}
    await wire.ask("POST", "/oauth/revoke", data=ended)
    assert (await wire.ask("GET", me, token=third["access_token"]))[0].status == 401


async def test_a_code_works_once_and_its_second_showing_ends_the_token(alpha: Any, alice: Any, wire: Any) -> None:
    app = await register(wire)
    code = await code_for(alpha, wish(app))
    response, content = await exchange(wire, app, code)
    token = content["access_token"]
    response, content = await exchange(wire, app, code)
    assert (response.status, content["error"]) == (400, "invalid_grant")
    response, _ = await wire.ask("GET", "/api/v1/accounts/verify_credentials", token=token)
    assert response.status == 401


async def test_a_code_runs_out(alpha: Any, alice: Any, wire: Any) -> None:
    app = await register(wire)
    code = await code_for(alpha, wish(app))
    alpha.time.forward(minutes=11)
    response, content = await exchange(wire, app, code)
    assert (response.status, content["error"]) == (400, "invalid_grant")


async def test_a_code_belongs_to_one_app_and_one_address(alpha: Any, alice: Any, wire: Any) -> None:
    app, other = await register(wire), await register(wire, client_name="Other")
    code = await code_for(alpha, wish(app))
    response, content = await exchange(wire, other, code)
    assert (response.status, content["error"]) == (400, "invalid_grant")
    response, content = await exchange(wire, app, code, redirect_uri="https://app.test/elsewhere")
    assert (response.status, content["error"]) == (400, "invalid_grant")
    response, content = await exchange(wire, app, code, client_secret="guessed")
    assert (response.status, content["error"]) == (401, "invalid_client")
    response, content = await exchange(wire, app, code)
    assert response.status == 200


async def test_a_member_may_say_no(alpha: Any, alice: Any, wire: Any) -> None:
    app = await register(wire)
    browser = await alpha.visitor()
    await browser.log_in("alice", PASSWORD)
    page = await browser.open(wish(app))
    assert "form-action 'self' https://app.test;" in page.headers["Content-Security-Policy"]
    answer = await browser.send(page, page.form("/oauth/authorize"), button="No", follow=False)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == ["access_denied"]


async def test_whoever_is_not_logged_in_comes_back_to_the_question(alpha: Any, alice: Any, wire: Any) -> None:
    app = await register(wire)
    browser = await alpha.visitor()
    page = await browser.open(wish(app))
    assert page.path == "/login"
    page = await browser.send(page, page.form("/login"), {"username": "alice", "password": PASSWORD})
    assert page.path == "/oauth/authorize"
    assert "Pocket" in page.text

    # Also by way of the rules of the table, which a new member reads first.
    async with alpha.writing() as work:
        (await work.session.get_one(Account, alice.account_id)).etiquette_version = 0
    browser = await alpha.visitor()
    page = await browser.open(wish(app, state="x" * 1200))
    page = await browser.send(page, page.form("/login"), {"username": "alice", "password": PASSWORD})
    assert page.path == "/etiquette"
    page = await browser.send(page, page.form("/etiquette"))
    assert (page.path, "Pocket" in page.text) == ("/oauth/authorize", True)


async def test_a_wrong_wish(alpha: Any, alice: Any, wire: Any) -> None:
    """Nobody is sent to an address that is not the app's; there the app learns what was wrong, with its state."""
    app = await register(wire, redirect_uris=[RETURN, "http://127.0.0.1/back", "pocket://back", "pocket://"])
    browser = await alpha.visitor()
    for stranger in ({}, {"scope": "everything"}):
        assert (await browser.open(wish(app, **stranger), follow=False)).headers["Location"].startswith("/login?next=")
    await browser.log_in("alice", PASSWORD)
    for wrong in (
        {"redirect_uri": "https://evil.test/"}, {"redirect_uri": "https://app.test/back/more?kept=1"},
        {"redirect_uri": "http://127.0.0.1@evil.test:80/back"}, {"redirect_uri": "http://127.0.0.1:80/other"},
        {"redirect_uri": ""}, {"client_id": "unknown"}, {"redirect_uri": "https://evil.test/", "scope": "everything"},
    ):  # fmt: skip
        page = await browser.open(wish(app, **wrong), follow=False)
        assert (page.status, "Location" in page.headers) == (422, False), wrong
    for wrong, code in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "push"}, "invalid_scope"),
        ({"code_challenge": "abc", "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"redirect_uri": "pocket://back", "scope": "push"}, "invalid_scope"),
        ({"redirect_uri": "pocket://", "scope": "push"}, "invalid_scope"),
    ):
        page = await browser.open(wish(app, **wrong), follow=False)
        assert page.status == 303, wrong
        back = urlsplit(page.headers["Location"])
        assert page.headers["Location"].startswith(wrong.get("redirect_uri", "https://app.test/back?kept=1"))
        told = parse_qs(back.query)
        assert (told["error"], told["state"]) == ([code], ["s t"]), wrong
    for right in (
        {"redirect_uri": "http://127.0.0.1:5012/back"},
        {"redirect_uri": "pocket://back"},
        {"scope": "read:lists"},
    ):
        assert (await browser.open(wish(app, **right), follow=False)).status == 200, right
    for someone in (browser, await alpha.visitor()):
        page = await someone.open(wish(app, force_login="true"))
        assert page.path == "/login"
        page = await someone.send(page, page.form("/login"), {"username": "alice", "password": PASSWORD})
        assert page.path == "/oauth/authorize"


async def test_what_a_token_is_refused_for(alpha: Any, alice: Any, wire: Any) -> None:
    app, other = await register(wire), await register(wire)
    given = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    grant = {**given, "grant_type": "authorization_code", "code": "x", "redirect_uri": RETURN}
    for wrong, status, code in (
        ({**given, "grant_type": ""}, 400, "invalid_request"),
        ({**given, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({**grant, "code": ""}, 400, "invalid_request"),
        ({**grant, "redirect_uri": ""}, 400, "invalid_request"),
        ({**grant, "code": "x" * 3000}, 400, "invalid_request"),
        (grant, 400, "invalid_grant"),
        ({**given, "client_secret": "x"}, 401, "invalid_client"),
        ({**given, "scope": "push"}, 400, "invalid_scope"),
    ):
        response, content = await wire.ask("POST", "/oauth/token", data=wrong)
        assert (response.status, content["error"]) == (status, code), wrong
        assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
    response, content = await wire.ask("POST", "/oauth/token", data=b"{", headers={"Content-Type": "application/json"})
    assert (response.status, content["error"]) == (400, "invalid_request")
    response, _ = await wire.ask(
        "POST",
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers=_basic({"client_id": "x", "client_secret": "y"}),
    )
    assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Basic realm="Commensal"')
    _, made = await wire.ask("POST", "/oauth/token", json={**given, "scope": "read"})
    token = made["access_token"]
    own = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    _, content = await wire.ask("POST", "/oauth/revoke", data=own)
    assert content["error"] == "invalid_request"
    response, content = await wire.ask("POST", "/oauth/revoke", data={"client_id": app["client_id"], "token": token})
    assert (response.status, content["error"]) == (401, "invalid_client")
    theirs = {"client_id": other["client_id"], "client_secret": other["client_secret"], "token": token}
    response, content = await wire.ask("POST", "/oauth/revoke", data=theirs)
    assert (response.status, content["error"]) == (403, "unauthorized_client")
    assert (await wire.ask("GET", "/api/v1/apps/verify_credentials", token=token))[0].status == 200
    response, _ = await wire.ask("POST", "/oauth/revoke", data={**own, "token": token})
    assert response.status == 200
    assert (await wire.ask("GET", "/api/v1/apps/verify_credentials", token=token))[0].status == 401


async def test_an_app_for_itself(alpha: Any, wire: Any) -> None:
    app = await register(wire)
    response, content = await wire.ask(
        "POST",
        "/oauth/token",
        data={"grant_type": "client_credentials", "scope": "read"},
        headers=_basic(app),
    )
    assert response.status == 200
    response, seen = await wire.ask("GET", "/api/v1/apps/verify_credentials", token=content["access_token"])
    assert seen["name"] == "Pocket"
    response, seen = await wire.ask("GET", "/api/v1/timelines/home", token=content["access_token"])
    assert response.status == 403
    response, seen = await wire.ask("GET", "/api/v1/timelines/public", token=content["access_token"])
    assert (response.status, seen) == (200, [])


def _basic(app: Any) -> dict[str, str]:
    import aiohttp

    return {"Authorization": aiohttp.encode_basic_auth(app["client_id"], app["client_secret"])}


async def test_a_registration_that_makes_no_sense(wire: Any) -> None:
    for wrong in (
        {"client_name": ""}, {"redirect_uris": ""}, {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": "/relative"}, {"redirect_uris": "https://app.test/#fragment"}, {"scopes": "everything"},
        {"website": "javascript:alert(1)"},
    ):  # fmt: skip
        values = {"client_name": "Pocket", "redirect_uris": RETURN, "scopes": "read", **wrong}
        response, content = await wire.ask("POST", "/api/v1/apps", json=values)
        assert response.status == 422, wrong
        assert content["error"].startswith("Validation failed")
    made = await register(wire, scopes="read write admin:read crypto read:collections")
    assert made["scopes"] == ["read", "write"]


async def test_metadata(wire: Any) -> None:
    response, content = await wire.ask("GET", "/.well-known/oauth-authorization-server")
    assert content["issuer"] == "http://a.test/"
    assert content["code_challenge_methods_supported"] == ["S256"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "app_registration_endpoint"):
        assert content[name].startswith("http://a.test/")


async def test_a_member_ends_an_app(alpha: Any, alice: Any, wire: Any) -> None:
    browser = await alpha.visitor()
    await browser.log_in("alice", PASSWORD)
    page = await browser.open("/settings/apps")
    assert "Phone" in page.text
    page = await browser.send(page, page.form("/settings/apps/"))
    assert "Phone" not in page.text
    response, _ = await wire.ask("GET", "/api/v1/accounts/verify_credentials", token=alice.token)
    assert response.status == 401
