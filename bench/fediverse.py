"""A fediverse of many small servers in one process: they show their people, and take, refuse or swallow what comes.

Hosts are told apart by name, all on one port: ``f17.localhost:5001`` answers at once, ``s…`` after a tenth of a second,
``x…`` never. It speaks just enough HTTP, by hand, so that it takes as little as possible from what is measured.
"""

import asyncio
import time
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
import uvloop

LATENCY = 0.1
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]


def actor(base: str, name: str, pem: str) -> dict[str, Any]:
    """Somebody's document, as the most common program writes it."""
    uri = f"{base}/users/{name}"
    return {
        "@context": CONTEXT,
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "name": f"{name.capitalize()} of the Bench",
        "summary": "<p>I sit here, and there are many of us.</p>",
        "url": f"{base}/@{name}",
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "following": f"{uri}/following",
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "published": "2024-03-01T00:00:00Z",
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem},
    }


class Ledger:
    """When each activity reached each inbox first, and how often anything came."""

    def __init__(self) -> None:
        self.arrived: dict[str, dict[str, float]] = {}
        self.posts = 0
        self.gets = 0
        self.repeats = 0

    def note(self, inbox: str, body: bytes) -> None:
        self.posts += 1
        try:
            id = orjson.loads(body)["id"]
        except (ValueError, KeyError):
            return
        places = self.arrived.setdefault(id, {})
        if inbox in places:
            self.repeats += 1
        places.setdefault(inbox, time.monotonic())


class Connection(asyncio.Protocol):
    def __init__(self, ledger: Ledger, keys: list[str]) -> None:
        self._ledger = ledger
        self._keys = keys
        self._got = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        while True:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = self._got[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            length = int(headers.get("content-length", "0"))
            if len(self._got) < end + 4 + length:
                return
            body = bytes(self._got[end + 4 : end + 4 + length])
            del self._got[: end + 4 + length]
            method, target, _ = lines[0].split(" ", 2)
            self._answer(method, target, headers.get("host", ""), body)

    def _answer(self, method: str, target: str, host: str, body: bytes) -> None:
        if host.startswith("x"):
            return  # accepted, and never answered
        if method == "POST":
            if host.startswith("s"):
                asyncio.get_running_loop().call_later(LATENCY, self._take, host + target, body)
            else:
                self._take(host + target, body)
            return
        if not target.startswith("/ledger"):
            self._ledger.gets += 1
        found = self._find(target, host)
        if found is None:
            self._say(b"404 Not Found", b"", b"text/plain")
        else:
            kind, document = found
            self._say(b"200 OK", orjson.dumps(document), kind)

    def _take(self, inbox: str, body: bytes) -> None:
        self._ledger.note(inbox, body)
        self._say(b"202 Accepted", b"", b"text/plain")

    def _find(self, target: str, host: str) -> tuple[bytes, Any] | None:
        parts = urlsplit(target)
        base = f"http://{host}"
        if parts.path == "/ledger":
            about = parse_qs(parts.query).get("activity", [""])[0]
            counts = {"posts": self._ledger.posts, "gets": self._ledger.gets, "repeats": self._ledger.repeats}
            return b"application/json", {"arrived": self._ledger.arrived.get(about, {}), **counts}
        if parts.path == "/.well-known/webfinger":
            name = unquote(parse_qs(parts.query)["resource"][0]).removeprefix("acct:").partition("@")[0]
            link = {"rel": "self", "type": "application/activity+json", "href": f"{base}/users/{name}"}
            return b"application/jrd+json", {"subject": f"acct:{name}@{host}", "links": [link]}
        if parts.path == "/.well-known/nodeinfo":
            schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
            return b"application/json", {"links": [{"rel": schema, "href": f"{base}/nodeinfo/2.0"}]}
        if parts.path == "/nodeinfo/2.0":
            software = {"name": "bench", "version": "1"}
            return b"application/json", {
                "version": "2.0", "software": software, "protocols": ["activitypub"], "openRegistrations": False,
                "services": {"inbound": [], "outbound": []}, "usage": {"users": {}}, "metadata": {},
            }  # fmt: skip
        pieces = parts.path.split("/")
        if len(pieces) == 3 and pieces[1] == "users" and pieces[2][1:].isdecimal():
            pem = self._keys[int(pieces[2][1:]) % len(self._keys)]
            return b"application/activity+json", actor(base, pieces[2], pem)
        return None

    def _say(self, status: bytes, body: bytes, kind: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (status, kind, len(body), body)
            )


def serve(port: int, keys: list[str], ready: Path) -> None:
    """The whole of it, until the process is ended."""
    uvloop.run(_serve(port, keys, ready))


async def _serve(port: int, keys: list[str], ready: Path) -> None:
    ledger = Ledger()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(ledger, keys), "127.0.0.1", port, backlog=1024
    )
    ready.touch()
    await server.serve_forever()
