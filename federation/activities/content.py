"""What Create and Update share: whose object it is, whether anybody here cares, and keeping the copy."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node import catalogue
from node.actors.model import Actor
from node.asking import Question, among, given
from node.follows.queries import is_read_here
from node.moderation.model import Block, BlockedHost
from node.polls import service as polls
from node.posts import copies
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.note import Note
from schemas.proposal import Proposal
from schemas.values import Document, author_of, get, required_id, same_origin, types
from schemas.vocabulary import NETWORK


class _Known(NamedTuple):
    author_id: int
    deleted_at: datetime | None


_FOLLOWED: Question[tuple[bool]] = Question(tuple, sa.select(is_read_here()).where(Actor.id == given("author")))
_FOLLOWED_BY_URI: Question[tuple[bool]] = Question(
    tuple, sa.select(is_read_here()).where(Actor.uri == given("uri", sa.String))
)
_POST = Question(_Known, sa.select(Post.author_id, Post.deleted_at).where(Post.uri == given("uri", sa.String)))
_APART: Question[tuple[str]] = Question(
    tuple,
    sa.select(Actor.uri).where(
        among(Actor.uri, "uris"),
        sa.or_(
            sa.exists().where(Block.blocking_id == Actor.id, Block.blocked_id == given("author")),
            sa.exists().where(Block.blocking_id == given("author"), Block.blocked_id == Actor.id),
            sa.exists().where(BlockedHost.actor_id == Actor.id, BlockedHost.host == given("at_host", sa.String)),
        ),
    ),
)


async def fetch(activity: Activity, remote: Directory) -> tuple[Document | str, ...]:
    """The objects of an activity, fetched where only their address came, each from its own server."""
    found: list[Document | str] = []
    for item in activity.objects[:20]:
        if isinstance(item, str):
            if not same_origin(item, activity.actor):
                raise Refused("the object is not on the server of its author")
            item = await remote.document(item)
        elif "Proposal" not in types(item) and Proposal.find(item) is None and (link := Proposal.address(item)):
            item = await _with_proposal(item, link, activity, remote)
        found.append(item)
    return tuple(found)


async def _with_proposal(document: Document, link: str, activity: Activity, remote: Directory) -> Document:
    """A note that merely links to its proposal (FEP-0ea0) is read as if it carried it, when that is its author's."""
    if not same_origin(link, activity.actor):
        return document
    found = Proposal.find(await remote.document(link))
    if found is None or found.attributed_to != activity.actor:
        return document
    attached = document.get("attachment")
    listed = attached if isinstance(attached, list) else [attached] if attached else []
    return {**document, "attachment": [*listed, found.write()]}


def about(activity: Activity, document: Document) -> Activity:
    """The activity with its object as its author's server has it, addressed as that is: who carries it adds nothing."""
    return Activity.read(
        {
            "id": activity.id,
            "type": activity.type,
            "actor": activity.actor,
            "object": document,
            "to": get(document, "to"),
            "cc": get(document, "cc"),
        }
    )


async def take(work: Writing, actor: Actor, document: Document, *, is_wanted: bool = False) -> Post:
    """Keep what ``actor`` says in ``document``. Raises Refused when it is not theirs to say, Ignored, Malformed.

    ``is_wanted``: it is kept for another reason than those of a stranger's post, for somebody here asked for it.
    """
    uri = required_id(document)
    if author_of(document) != actor.uri:
        raise Refused("the object has another author")
    if not same_origin(uri, actor.uri):
        raise Refused("the object is not on the server of its author")
    if await copies.is_buried(work, uri, actor.uri):
        raise Refused("it was deleted before")
    kind = catalogue.claiming(document)
    if kind is None:
        raise Ignored(f"no word for {'/'.join(types(document))[:60]}")
    note = Note.read(document)
    if _is_vote(note):
        raise Ignored("a vote that did not come by itself")
    known = await _POST.first(work, uri=uri)
    if known is not None and known.author_id != actor.id:
        raise Refused("it is somebody else's")
    if known is not None and known.deleted_at is not None:
        raise Refused("it was deleted before")
    if known is None and not is_wanted and not await _concerns_us(work, actor, note):
        raise Ignored("nobody here follows the author or is addressed")
    kept = await kind.receive(work, actor, document)
    if kept is None:
        raise Refused("it cannot be kept")
    return kept


async def vote(work: Writing, actor: Actor, document: Document) -> bool:
    """Count what is a vote. False for anything else; raises Ignored for a vote that does not count, Malformed."""
    if types(document) != ("Note",):
        return False
    note = Note.read(document)
    if not _is_vote(note):
        return False
    if note.attributed_to != actor.uri or not same_origin(note.id, actor.uri):
        raise Refused("the vote is somebody else's")
    reason = await polls.hear(work, actor, note.id, note.in_reply_to or "", note.name or "")
    if reason:
        raise Ignored(reason)
    return True


def _is_vote(note: Note) -> bool:
    return bool(note.name and note.in_reply_to and not note.content and not note.pictures)


async def _concerns_us(work: Reading, author: Actor, note: Note) -> bool:
    """True when somebody here would like to see it: then only is a stranger's post worth its place.

    A follower, an addressee, a conversation we know, what quotes one of ours, or an offer from another association's
    node.
    """
    ours = [uri for uri in dict.fromkeys((*note.to, *note.cc)) if work.uris.is_ours(uri)]
    if ours and await _reaches_somebody(work, author, ours):
        return True
    followed = await _FOLLOWED.first(work, author=author.id)
    if followed is not None and followed[0]:
        return True
    quoted = note.quote if note.quote is not None and work.uris.is_ours(note.quote) else None
    for uri in (note.in_reply_to, quoted):
        if uri and await _POST.first(work, uri=uri) is not None:
            return True
    return note.proposal is not None and note.is_public and NETWORK in author.capabilities


async def _reaches_somebody(work: Reading, author: Actor, ours: Sequence[str]) -> bool:
    """False when it is for nobody but members who keep the author away."""
    apart = await _APART.ask(work, uris=ours[:50], author=author.id, at_host=author.host)
    return not set(ours) <= {row[0] for row in apart}


async def is_followed(work: Reading, actor_uri: str) -> bool:
    """True when somebody here follows this actor, or asked to."""
    found = await _FOLLOWED_BY_URI.first(work, uri=actor_uri)
    return found is not None and bool(found[0])
