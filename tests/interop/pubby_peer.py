"""A site that is not ours: paula on Pubby, which signs in the older way and knows nothing of proofs.

Tests tell it what to do at POST /control/{command} and read at GET /control/log what reached it, as with peer.mjs.
Usage: python pubby_peer.py PORT FOLDER
"""

import json
import socket
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from pubby import ActivityPubHandler, Object
from pubby._exceptions import SignatureVerificationError
from pubby._model import AP_CONTEXT, AS_PUBLIC
from pubby.crypto import generate_rsa_keypair
from pubby.handlers._outbox import (
    build_announce_activity,
    build_like_activity,
    build_quote_request_activity,
    build_undo_activity,
)
from pubby.quotes import PUBLIC_QUOTE_POLICY, set_quote_target
from pubby.storage.adapters.file import FileActivityPubStorage

port, folder = int(sys.argv[1]), sys.argv[2]
base = f"http://paula.localhost:{port}"
received: list[dict[str, Any]] = []
notes: dict[str, dict[str, Any]] = {}

# Names below localhost lead to this machine. Not every system resolves them; browsers do, and so does the node.
_resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: _resolve(
    "127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more
)

pubby = ActivityPubHandler(
    FileActivityPubStorage(folder),
    {"base_url": base, "username": "paula", "name": "Paula of elsewhere", "actor_path": "/paula"},
    private_key=generate_rsa_keypair()[0],
    webfinger_domain=f"paula.localhost:{port}",
    async_delivery=False,
    max_retries=1,
    allow_private_targets=True,
    on_activity=lambda activity, document: received.append(
        {"at": "paula", "type": activity.type, "actor": activity.actor, "document": document}
    ),
    on_interaction_received=lambda it: received.append(
        {"at": "paula", "type": f"interaction {it.interaction_type.value}", "object": it.target_resource}
    ),
    on_follow_response=lambda who, yes: received.append(
        {"at": "paula", "type": "follow answered", "who": who, "yes": yes}
    ),
    on_delivery_result=lambda result: (
        result["ok"] or received.append({"at": "paula", "type": "outbox error", **result})
    ),
)
me, followers = pubby.actor_id, pubby.followers_url


def fetched(uri: str) -> dict[str, Any]:
    answer = requests.get(uri, headers={"Accept": "application/activity+json"}, timeout=10)
    answer.raise_for_status()
    found = answer.json()
    assert isinstance(found, dict)
    return found


def activity(type: str, object: Any, *to: str) -> dict[str, Any]:
    id = f"{me}/activities/{uuid.uuid4()}"
    return {"@context": AP_CONTEXT, "id": id, "type": type, "actor": me, "object": object, "to": list(to)}


def look(uri: str) -> dict[str, Any]:
    return fetched(uri)


def follow(who: str) -> dict[str, Any]:
    return pubby.publish_activity(activity("Follow", who, who))


def post(content: str, answers: str | None = None, mention: str | None = None, quote: str | None = None) -> Any:
    about = fetched(quote) if quote else None
    note = Object(
        id=f"{base}/notes/{uuid.uuid4()}", type="Note", content=content, attributed_to=me, in_reply_to=answers,
        published=datetime.now(UTC), to=[AS_PUBLIC], cc=[followers, *([mention] if mention else [])],
        tag=[{"type": "Mention", "href": mention, "name": "@somebody"}] if mention else [],
        interaction_policy=PUBLIC_QUOTE_POLICY,
    ).to_dict()  # fmt: skip
    if about is not None:
        note = set_quote_target(note, about["id"])
    notes[note["id"]] = note
    pubby.publish_activity({**activity("Create", note, *note["to"]), "cc": note["cc"]})
    if about is not None:
        pubby.publish_activity(build_quote_request_activity(me, about["id"], note, about["attributedTo"]))
    return {"id": note["id"]}


def edit(id: str, content: str) -> None:
    notes[id] = {**notes[id], "content": content, "updated": datetime.now(UTC).isoformat()}
    pubby.publish_activity({**activity("Update", notes[id], AS_PUBLIC), "cc": [followers]})


def delete(id: str) -> None:
    del notes[id]
    pubby.publish_activity({**pubby.outbox.build_delete_activity(id), "cc": [followers]})


def like(uri: str) -> dict[str, Any]:
    return pubby.publish_activity(build_like_activity(me, uri, to=[fetched(uri)["attributedTo"]]))


def announce(uri: str) -> dict[str, Any]:
    return pubby.publish_activity(build_announce_activity(me, uri, cc=[followers, fetched(uri)["attributedTo"]]))


def undo(what: dict[str, Any], to: str) -> dict[str, Any]:
    return pubby.publish_activity(build_undo_activity(what, me, to=[to]))


COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__: command for command in (look, follow, post, edit, delete, like, announce, undo)
}


class Site(BaseHTTPRequestHandler):
    """The routes of Pubby's adapters, without a framework."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        documents: dict[str, Callable[[], Any]] = {
            "/paula": pubby.get_actor_document,
            "/ap/outbox": pubby.get_outbox,
            "/ap/followers": pubby.get_followers_collection,
            "/ap/following": pubby.get_following_collection,
            "/.well-known/nodeinfo": pubby.get_nodeinfo_discovery,
            "/nodeinfo/2.1": pubby.get_nodeinfo_document,
            "/.well-known/webfinger": lambda: pubby.get_webfinger_response(parse_qs(where.query)["resource"][0]),
            "/control/log": lambda: received,
        }
        uri = f"{base}{where.path}"
        find = documents.get(where.path, lambda: notes.get(uri) or pubby.get_quote_authorization(uri))
        found = find()
        kind = "application/jrd+json" if where.path.startswith("/.well-known/") else "application/activity+json"
        self.answer(404 if found is None else 200, found, kind)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/control/"):
            self.obey(self.path.removeprefix("/control/"), json.loads(body))
            return
        try:
            pubby.process_inbox_activity(json.loads(body), "POST", self.path, dict(self.headers), body)
        except SignatureVerificationError as error:
            received.append({"at": "paula", "type": "inbox error", "error": str(error)})
            self.answer(401, {"error": str(error)})
        else:
            self.answer(202, {})

    def obey(self, name: str, values: dict[str, Any]) -> None:
        try:
            self.answer(200, COMMANDS[name](**values))
        except Exception as error:
            self.answer(500, {"error": repr(error)})

    def answer(self, status: int, document: Any, kind: str = "application/json") -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what matters is in the log that tests read."""


server = ThreadingHTTPServer(("127.0.0.1", port), Site)
print("ready", flush=True)
server.serve_forever()
