"""Apps that want to be woken, and a push service that wakes them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp.web as aioweb
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from node.accounts import tokens
from node.push import sealing
from node.push import service as push

PATH = "/api/v1/push/subscription"


@dataclass
class Service:
    """Takes messages for one app and opens them as the app would."""

    url: str = ""
    answer: int = 201
    got: list[Any] = field(default_factory=list)
    heads: list[Any] = field(default_factory=list)
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"

    @property
    def keys(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        point = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        return {"p256dh": sealing.encode(point), "auth": sealing.encode(self.auth)}

    async def take(self, request: aioweb.Request) -> aioweb.Response:
        body = await request.read()
        self.heads.append(request.headers)
        if self.answer == 201:
            self.got.append(self._open(body))
        return aioweb.Response(status=self.answer)

    def _open(self, body: bytes) -> Any:
        salt, sender = body[:16], body[21:86]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        own = sealing.decode(self.keys["p256dh"])

        def derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
            return HKDF(hashes.SHA256(), length, salt, info).derive(material)

        material = derive(shared, self.auth, b"WebPush: info\0" + own + sender, 32)
        key = derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(material, salt, b"Content-Encoding: nonce\0", 12)
        return json.loads(AESGCM(key).decrypt(nonce, body[86:], None).rstrip(b"\2"))


@pytest.fixture
async def service(network: Any) -> AsyncIterator[Service]:
    service = Service()
    app = aioweb.Application()
    app.router.add_post("/wake/1", service.take)
    runner = aioweb.AppRunner(app, access_log=None)
    await runner.setup()
    site = aioweb.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    network.add("push.test", runner.addresses[0][1])
    service.url = "http://push.test/wake/1"
    yield service
    await runner.cleanup()


def wish(service: Service, **data: Any) -> dict[str, Any]:
    return {
        "subscription": {"endpoint": service.url, "keys": service.keys, "standard": True},
        "data": {"alerts": {"mention": True, "favourite": True}, **data},
    }


async def test_an_app_is_woken(alpha: Any, alice: Any, bob: Any, wire: Any, service: Service) -> None:
    response, made = await wire.ask("POST", PATH, token=alice.token, json=wish(service))
    assert response.status == 200, made
    assert made["alerts"]["mention"] is True
    assert made["alerts"]["follow"] is False
    _, instance = await wire.ask("GET", "/api/v2/instance")
    assert made["server_key"] == instance["configuration"]["vapid"]["public_key"] != ""
    await bob.do("account_follow", alice.actor_id)  # not asked for
    await bob.do("status_post", "@alice two loaves please")
    await alpha.worker.work_once()
    assert [(one["title"], one["notification_type"]) for one in service.got] == [("Bob", "mention")]
    assert "two loaves" in service.got[0]["body"]
    assert service.got[0]["access_token"] == alice.token
    async with alpha.reading() as work:
        assert alice.token not in (
            (await push.of_token(work, (await tokens.find(work, alice.token)).token_id)).token or ""
        )
    head = service.heads[0]
    assert head["Content-Encoding"] == "aes128gcm"
    assert int(head["TTL"]) > 0
    assert head["Authorization"].startswith("vapid t=")
    await alpha.worker.work_once()
    assert len(service.got) == 1  # told once


async def test_a_service_that_is_down_gets_it_later(
    alpha: Any, alice: Any, bob: Any, wire: Any, service: Service, clock: Any
) -> None:
    await wire.ask("POST", PATH, token=alice.token, json=wish(service))
    service.answer = 503
    await bob.do("status_post", "@alice hello")
    await alpha.worker.work_once()
    assert service.got == []
    service.answer = 201
    clock.forward(minutes=5)
    await alpha.worker.work_once()
    assert len(service.got) == 1


async def test_a_subscription_ends(alpha: Any, alice: Any, bob: Any, wire: Any, service: Service) -> None:
    await wire.ask("POST", PATH, token=alice.token, json=wish(service))
    _, changed = await wire.ask("PUT", PATH, token=alice.token, json={"data": {"policy": "followed"}})
    assert changed["policy"] == "followed"
    assert changed["alerts"]["mention"] is True
    await bob.do("status_post", "@alice from somebody she does not follow")
    await alpha.worker.work_once()
    assert service.got == []
    await alice.do("account_follow", bob.actor_id)
    service.answer = 410  # the app was removed
    await bob.do("status_post", "@alice again")
    await alpha.worker.work_once()
    response, _ = await wire.ask("GET", PATH, token=alice.token)
    assert response.status == 404


async def test_what_is_no_subscription(alice: Any, wire: Any, service: Service) -> None:
    for wrong in (
        {"endpoint": "ftp://push.test/"},
        {"endpoint": ""},
        {"keys": {"p256dh": "AAAA", "auth": service.keys["auth"]}},
        {"keys": {**service.keys, "auth": "AAAA"}},
    ):
        wanted = wish(service)
        wanted["subscription"] |= wrong
        response, content = await wire.ask("POST", PATH, token=alice.token, json=wanted)
        assert response.status == 422, (wrong, content)
    response, _ = await wire.ask("POST", PATH, token=alice.token, json=wish(service, policy="nobody"))
    assert response.status == 422
    narrow = await alice.limited("read write follow")
    response, _ = await wire.ask("POST", PATH, token=narrow.token, json=wish(service))
    assert response.status == 403
