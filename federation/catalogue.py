"""The activities this node acts on. Add yours here; all others are kept as ignored and answered with 202."""

from typing import Protocol

from federation.activities import (
    accept,
    add,
    announce,
    block,
    create,
    delete,
    flag,
    follow,
    invite,
    join,
    leave,
    like,
    move,
    offer,
    quote_request,
    reject,
    remove,
    undo,
    update,
)
from federation.directory import Directory
from node.actors.model import Actor
from node.work import Writing
from schemas.activities import Activity


class Verb(Protocol):
    """A module of federation.activities."""

    async def prepare(self, activity: Activity, remote: Directory) -> Activity:
        """Fetch what is missing. May use the network, never writes. Raises as apply, and Unreachable."""

    async def apply(self, work: Writing, actor: Actor, activity: Activity) -> None:
        """Do it; the network is out of bounds. Raises Refused, Ignored, Malformed, NodeError."""


VERBS: dict[str, Verb] = {
    "Accept": accept,
    "Add": add,
    "Announce": announce,
    "Block": block,
    "Create": create,
    "Delete": delete,
    "EmojiReact": like,
    "Flag": flag,
    "Follow": follow,
    "Invite": invite,
    "Join": join,
    "Leave": leave,
    "Like": like,
    "Move": move,
    "Offer": offer,
    "QuoteRequest": quote_request,
    "Reject": reject,
    "Remove": remove,
    "Undo": undo,
    "Update": update,
}
