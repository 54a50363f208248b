"""A scripted server of another kind: it signs, answers as it is told, remembers, and can send anything to anyone.

Its signatures are made and checked here with cryptography alone, so that a mistake in federation/signatures shows.
"""

import asyncio
import base64
import hashlib
import io
import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import aiohttp.web as aioweb
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from schemas import contexts
from support.network import Names
from support.strict import complaints

ACTIVITY = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]


def _complaints(body: bytes) -> set[str]:
    """What a strict reader has against what one of ours sent or served."""
    try:
        said = json.loads(body)
    except ValueError:
        return set()
    return complaints(said) if isinstance(said, dict) else set()


_people = itertools.count()  # people who meet in one test have different keys, on whatever host they live


@cache
def a_key(number: int) -> rsa.RSAPrivateKey:
    """A key pair; making one takes a tenth of a second, so they are made once per process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Request:
    """What a peer got."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Answer:
    """What a peer was answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Person:
    """Somebody on the scripted server."""

    uri: str
    key: rsa.RSAPrivateKey
    document: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"


Script = int | str | Callable[[Request], int | str]
"""What an inbox answers: a status, ``hang`` (nothing), ``drip`` (a byte a second), ``close``, or a function."""


class Peer:
    """Lives at ``http://{host}``. ``answer`` is what its inboxes say; ``received`` what came into them."""

    def __init__(self, host: str, network: Names, clock: Callable[[], datetime]) -> None:
        self.host = host
        self.base = f"http://{host}"
        self.answer: Script = 202
        self.answer_headers: dict[str, str] = {}
        self.software = "scripted"
        """What it says in NodeInfo that it runs."""
        self.delay = 0.0
        """Seconds before an inbox answers."""
        self.requests: list[Request] = []
        self.documents: dict[str, Any] = {}
        """Path → object, (status, object) or bytes, served as an activity document."""
        self.types: dict[str, str] = {}
        """Path → media type, of what is no activity document."""
        self.people: dict[str, Person] = {}
        self._served: list[bytes] = []
        self._network = network
        self.clock = clock
        self._count = itertools.count(1)
        self._runner: aioweb.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._released = asyncio.Event()

    # life

    async def open(self, port: int = 0) -> None:
        app = aioweb.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = aioweb.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = aioweb.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        assert self._runner.addresses
        self._network.add(self.host, self._runner.addresses[0][1])
        self._client = aiohttp.ClientSession(auto_decompress=True)

    async def close(self) -> None:
        self._released.set()
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()
        sent = [request.body for request in self.received if contexts.DATA_INTEGRITY.encode() in request.body]
        wrong = {body: found for body in sent + self._served if (found := _complaints(body))}
        assert not wrong, wrong

    def release(self) -> None:
        """Let go of every request that hangs."""
        self._released.set()
        self._released = asyncio.Event()

    # who lives here

    def person(self, username: str, *, kind: str = "Person", **extra: Any) -> Person:
        """Somebody with a key, found by WebFinger; ``extra`` goes into the document."""
        uri = f"{self.base}/users/{username}"
        key = a_key(next(_people) % 8)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        document = {
            "@context": CONTEXT,
            "id": uri,
            "type": kind,
            "preferredUsername": username,
            "name": username.capitalize(),
            "url": f"{self.base}/@{username}",
            "inbox": f"{uri}/inbox",
            "outbox": f"{uri}/outbox",
            "followers": f"{uri}/followers",
            "following": f"{uri}/following",
            "endpoints": {"sharedInbox": f"{self.base}/inbox"},
            "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": public.decode()},
            **extra,
        }
        person = Person(uri, key, document)
        self.people[username] = person
        self.documents[f"/users/{username}"] = document
        return person

    def uri(self, kind: str = "objects") -> str:
        """A new id on this host."""
        return f"{self.base}/{kind}/{next(self._count)}"

    # sending

    def activity(self, actor: Person, type: str, of: Any, **more: Any) -> dict[str, Any]:
        """An activity with a new id; ``more`` adds to it or replaces what stands in it."""
        return {
            "@context": CONTEXT[0],
            "id": self.uri("activities"),
            "type": type,
            "actor": actor.uri,
            "object": of,
            **more,
        }

    def note(self, author: Person, content: str, **more: Any) -> dict[str, Any]:
        """A public note, also served at its id."""
        uri = self.uri()
        document = {
            "@context": CONTEXT[0],
            "id": uri,
            "type": "Note",
            "attributedTo": author.uri,
            "content": content,
            "published": self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": [PUBLIC],
            "cc": [f"{author.uri}/followers"],
            **more,
        }
        self.documents[urlsplit(uri).path] = document
        return document

    async def send(
        self,
        actor: Person,
        inbox: str,
        activity: Any,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        sign: bool = True,
        key_id: str | None = None,
        key: rsa.RSAPrivateKey | None = None,
        signed: str = "(request-target) host date digest content-type",
    ) -> Answer:
        """POST an activity, signed by ``actor``. ``headers`` replace what was signed after it was signed."""
        raw = json.dumps(activity).encode() if body is None else body
        own = {
            "host": urlsplit(inbox).netloc,
            "date": format_datetime(self.clock(), usegmt=True),
            "digest": "SHA-256=" + base64.b64encode(hashlib.sha256(raw).digest()).decode(),
            "content-type": ACTIVITY,
        }
        if sign:
            own["signature"] = self._sign(
                "post", inbox, own, actor.key_id if key_id is None else key_id, key or actor.key, signed
            )
        return await self._call("POST", inbox, {**own, **(headers or {})}, raw)

    async def get(self, url: str, *, signer: Person | None = None, accept: str = ACTIVITY) -> Answer:
        """Fetch something, signed if there is a ``signer``. Redirects are shown, not followed."""
        own = {"host": urlsplit(url).netloc, "date": format_datetime(self.clock(), usegmt=True), "accept": accept}
        if signer is not None:
            own["signature"] = self._sign("get", url, own, signer.key_id, signer.key, "(request-target) host date")
        answer = await self._call("GET", url, own, None)
        if answer.headers.get("Content-Type") == ACTIVITY:
            self._served.append(answer.body)
        return answer

    async def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        assert self._client is not None
        parts = urlsplit(url)
        direct = f"http://127.0.0.1:{self._network.port(parts.netloc)}{parts.path or '/'}"
        if parts.query:
            direct += f"?{parts.query}"
        data = io.BytesIO(body) if body is not None else None
        async with self._client.request(method, direct, headers=headers, data=data, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.read(), dict(answer.headers))

    @staticmethod
    def _sign(
        method: str, url: str, headers: Mapping[str, str], key_id: str, key: rsa.RSAPrivateKey, signed: str
    ) -> str:
        parts = urlsplit(url)
        target = f"{method} {parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        text = "\n".join(
            f"{name}: {target if name == '(request-target)' else headers[name]}" for name in signed.split()
        )
        signature = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        return f'keyId="{key_id}",algorithm="rsa-sha256",headers="{signed}",signature="{signature}"'

    # what came

    @property
    def received(self) -> list[Request]:
        """Everything that was posted here, whatever it was answered."""
        return [request for request in self.requests if request.method == "POST"]

    def activities(self, type: str | None = None) -> list[dict[str, Any]]:
        """What the posts carried."""
        found = [request.json for request in self.received]
        return [activity for activity in found if type is None or activity.get("type") == type]

    async def verify(self, request: Request) -> str:
        """The actor that signed a request we got, checked with the key its server shows. Raises AssertionError."""
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["Signature"]))
        key_id, names = given["keyId"], given["headers"].split()
        assert {"(request-target)", "host", "date"} <= set(names)
        if request.body:
            assert "digest" in names
            digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
            assert request.headers["Digest"] == f"SHA-256={digest}"
        document = (await self.get(key_id.partition("#")[0])).json
        assert document["publicKey"]["id"] == key_id
        public = serialization.load_pem_public_key(document["publicKey"]["publicKeyPem"].encode())
        assert isinstance(public, rsa.RSAPublicKey)
        target = f"{request.method.lower()} {request.path}"
        text = "\n".join(f"{name}: {target if name == '(request-target)' else request.headers[name]}" for name in names)
        try:
            public.verify(base64.b64decode(given["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise AssertionError(f"the signature by {key_id} is false") from None
        owner = document["publicKey"]["owner"]
        assert isinstance(owner, str)
        return owner

    async def _serve(self, incoming: aioweb.Request) -> aioweb.StreamResponse:
        request = Request(incoming.method, incoming.path_qs, incoming.headers.copy(), await incoming.read())
        self.requests.append(request)
        if incoming.method == "POST":
            return await self._answer(incoming, request)
        path = incoming.path
        if path == "/.well-known/webfinger":
            return self._webfinger(incoming.query.get("resource", ""))
        if path == "/.well-known/nodeinfo":
            return aioweb.json_response(
                {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": f"{self.base}/nodeinfo"}]}
            )
        if path == "/nodeinfo":
            return aioweb.json_response(
                {"version": "2.0", "software": {"name": self.software, "version": "1"}, "protocols": ["activitypub"],
                 "services": {"inbound": [], "outbound": []}, "openRegistrations": False,
                 "usage": {"users": {}}, "metadata": {}}
            )  # fmt: skip
        if path not in self.documents:
            return aioweb.Response(status=404)
        found = self.documents[path]
        status, found = found if isinstance(found, tuple) else (200, found)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return aioweb.Response(status=status, body=body, content_type=self.types.get(path, ACTIVITY))

    def _webfinger(self, resource: str) -> aioweb.Response:
        username = resource.removeprefix("acct:").partition("@")[0]
        if resource != f"acct:{username}@{self.host}" or username not in self.people:
            return aioweb.Response(status=404)
        person = self.people[username]
        return aioweb.json_response(
            {"subject": resource, "links": [{"rel": "self", "type": ACTIVITY, "href": person.uri}]},
            content_type="application/jrd+json",
        )

    async def _answer(self, incoming: aioweb.Request, request: Request) -> aioweb.StreamResponse:
        if self.delay:
            await asyncio.sleep(self.delay)
        answer = self.answer(request) if callable(self.answer) else self.answer
        if isinstance(answer, int):
            return aioweb.Response(status=answer, headers=self.answer_headers)
        if answer == "close":
            assert incoming.transport is not None
            incoming.transport.abort()
            return aioweb.Response()
        if answer == "drip":
            stream = aioweb.StreamResponse()
            await stream.prepare(incoming)
            while not self._released.is_set():
                await stream.write(b" ")
                await asyncio.sleep(1)
            return stream
        assert answer == "hang"
        await self._released.wait()
        return aioweb.Response(status=202)
