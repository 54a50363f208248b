"""Passkeys, with an authenticator made of a key and thirty lines."""

import hashlib
import json
from base64 import urlsafe_b64encode

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from node.accounts import passkeys, service, sessions
from node.errors import Forbidden, Gone, Invalid, NotFound, Unauthenticated
from node.work import Node


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """What a phone does when its owner touches it."""

    def __init__(self, host: str = "a.test", origin: str = "http://a.test") -> None:
        self.id = b"credential-one"
        self.count = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._host = hashlib.sha256(host.encode()).digest()
        self._origin = origin

    def _client(self, kind: str, options: dict) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self._origin}).encode()

    def create(self, options: dict) -> str:
        numbers = self._key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        data = self._host + bytes([0x45]) + self.count.to_bytes(4, "big") + bytes(16)
        data += len(self.id).to_bytes(2, "big") + self.id + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        response = {"clientDataJSON": encode(client), "attestationObject": encode(attestation)}
        return json.dumps({"id": encode(self.id), "rawId": encode(self.id), "type": "public-key", "response": response})

    def get(self, options: dict) -> str:
        self.count += 1
        data = self._host + bytes([0x05]) + self.count.to_bytes(4, "big")
        client = self._client("webauthn.get", options)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(self._key.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        return json.dumps({"id": encode(self.id), "rawId": encode(self.id), "type": "public-key", "response": response})


async def _register(node: Node, account_id: int, phone: Authenticator) -> None:
    async with node.writing() as work:
        ceremony = await passkeys.begin_registration(work, account_id)
    async with node.writing() as work:
        await passkeys.finish_registration(work, account_id, ceremony.key, phone.create(ceremony.options), "My phone")


async def _log_in(node: Node, phone: Authenticator) -> str:
    async with node.writing() as work:
        ceremony = await passkeys.begin_login(work)
    return await passkeys.finish_login(node, ceremony.key, phone.get(ceremony.options), "192.0.2.1", "Phone")


async def test_a_passkey_opens_the_door(house: Node, add) -> None:
    account, _ = await add("Alice")
    phone = Authenticator()
    await _register(house, account, phone)
    token = await _log_in(house, phone)
    async with house.reading() as work:
        visitor = await sessions.find(work, token)
        [line] = await passkeys.listed(work, account)
    assert visitor is not None
    assert visitor.account_id == account
    assert line.name == "My phone"
    assert line.used_at is not None


async def test_what_the_door_stays_closed_for(house: Node, add) -> None:
    account, _ = await add("Alice")
    phone = Authenticator()
    await _register(house, account, phone)
    stranger = Authenticator()
    with pytest.raises(Unauthenticated):
        await _log_in(house, stranger)
    elsewhere = Authenticator("evil.test", "http://evil.test")
    elsewhere._key = phone._key
    with pytest.raises(Unauthenticated):
        await _log_in(house, elsewhere)
    async with house.writing() as work:
        ceremony = await passkeys.begin_login(work)
    answer = phone.get(ceremony.options)
    await passkeys.finish_login(house, ceremony.key, answer)
    with pytest.raises(Gone):
        await passkeys.finish_login(house, ceremony.key, answer)
    for nonsense in ("", "[]", "{}", '{"id": 1}', '{"id": "x", "response": {}}', "[" * 2000):
        async with house.writing() as work:
            ceremony = await passkeys.begin_login(work)
        with pytest.raises(Unauthenticated):
            await passkeys.finish_login(house, ceremony.key, nonsense)


async def test_a_ceremony_belongs_to_its_account_and_runs_out(house: Node, add, clock) -> None:
    alice, _ = await add("Alice")
    bob, _ = await add("Bob")
    phone = Authenticator()
    async with house.writing() as work:
        ceremony = await passkeys.begin_registration(work, alice)
    async with house.writing() as work:
        with pytest.raises(Gone):
            await passkeys.finish_registration(work, bob, ceremony.key, phone.create(ceremony.options))
    clock.forward(minutes=11)
    async with house.writing() as work:
        ceremony = await passkeys.begin_registration(work, alice)
    clock.forward(minutes=11)
    async with house.writing() as work:
        with pytest.raises(Gone):
            await passkeys.finish_registration(work, alice, ceremony.key, phone.create(ceremony.options))


async def test_a_passkey_is_kept_once_and_taken_away_by_its_owner(house: Node, add) -> None:
    alice, _ = await add("Alice")
    bob, _ = await add("Bob")
    phone = Authenticator()
    await _register(house, alice, phone)
    with pytest.raises(Invalid):
        await _register(house, bob, phone)
    async with house.writing() as work:
        [line] = await passkeys.listed(work, alice)
        with pytest.raises(NotFound):
            await passkeys.remove(work, bob, line.id)
        await passkeys.remove(work, alice, line.id)
    with pytest.raises(Unauthenticated):
        await _log_in(house, phone)


async def test_a_suspended_account_has_no_use_for_it(house: Node, add) -> None:
    account, _ = await add("Alice")
    phone = Authenticator()
    await _register(house, account, phone)
    async with house.writing() as work:
        await service.suspend(work, account)
    with pytest.raises(Forbidden):
        await _log_in(house, phone)
