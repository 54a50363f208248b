"""The activities by which we say what happened: complete documents but for their id, which the outbox gives."""

from collections.abc import Sequence
from datetime import datetime

from schemas.activities import Activity
from schemas.contexts import without_context
from schemas.quoting import QuoteAuthorization
from schemas.tombstone import Tombstone
from schemas.values import PUBLIC, Document, audience, required_id


def create(document: Document, at: datetime) -> Document:
    """``document`` is new. Addressed as it is."""
    return _of("Create", document, at)


def update(document: Document, at: datetime) -> Document:
    """``document`` is what it is now: a whole object or a whole actor, never a part."""
    return _of("Update", document, at)


def _of(kind: str, document: Document, at: datetime) -> Document:
    author = document.get("attributedTo") or required_id(document)
    to, cc = audience(document, "to"), audience(document, "cc")
    if not to and not cc:
        to = (PUBLIC,)  # an actor says of itself to everybody what it says at all
    return Activity(None, kind, str(author), (document,), to=to, cc=cc, published=at).write()


def delete(actor: str, uri: str, at: datetime, to: Sequence[str] = (PUBLIC,), cc: Sequence[str] = ()) -> Document:
    """``uri`` is gone. An actor who goes is named alone, anything else by its tombstone."""
    what: Document | str = uri if uri == actor else Tombstone(uri).write()
    return Activity(None, "Delete", actor, (what,), to=tuple(to), cc=tuple(cc), published=at).write()


def follow(follower: str, followed: str) -> Document:
    """``follower`` would like to read ``followed``."""
    return Activity(None, "Follow", follower, (followed,), to=(followed,)).write()


def follow_document(uri: str, follower: str, followed: str) -> Document:
    """A Follow as it stands inside an answer to it or its undoing: with its own id and nothing else."""
    return {"id": uri, "type": "Follow", "actor": follower, "object": followed}


def move(old: str, new: str, followers: str) -> Document:
    """Whoever follows ``old`` may follow ``new`` from now on."""
    return Activity(None, "Move", old, (old,), target=new, to=(PUBLIC,), cc=(followers,)).write()


def accept(actor: str, what: Document | str, to: str, content: str | None = None) -> Document:
    """Yes to ``what``: an activity by its id, or a Follow embedded, for several programs look for nothing else."""
    return Activity(None, "Accept", actor, (what,), to=(to,), content=content).write()


def reject(actor: str, what: Document | str, to: str, content: str | None = None) -> Document:
    """No to ``what``, or no longer."""
    return Activity(None, "Reject", actor, (what,), to=(to,), content=content).write()


def undo(actor: str, what: Document, to: Sequence[str], cc: Sequence[str] = ()) -> Document:
    """``what`` did not happen. The whole activity is embedded: Mastodon finds nothing by its id alone."""
    return Activity(None, "Undo", actor, (what,), to=tuple(to), cc=tuple(cc)).write()


def like(actor: str, post: str, author: str, uri: str | None = None, emoji: str = "") -> Document:
    """``actor`` likes ``post``, perhaps with an emoji (FEP-c0e0), and tells its author. With its ``uri`` once it has
    one."""
    return Activity(uri, "Like", actor, (post,), to=(author,), content=emoji or None).write()


def announce(
    actor: str, post: str, at: datetime, to: Sequence[str], cc: Sequence[str], uri: str | None = None
) -> Document:
    """``actor`` passes ``post`` on, which everybody fetches from where it lives. With its ``uri`` once it has one."""
    return Activity(uri, "Announce", actor, (post,), to=tuple(to), cc=tuple(cc), published=at).write()


def block(actor: str, blocked: str) -> Document:
    """``actor`` has nothing to do with ``blocked`` any more."""
    return Activity(None, "Block", actor, (blocked,), to=(blocked,)).write()


def flag(node: str, reported: str, posts: Sequence[str], content: str) -> Document:
    """Please look at somebody of yours and these posts. In the name of the node: who reported stays among us."""
    return Activity(None, "Flag", node, (reported, *posts), to=(reported,), content=content or None).write()


def offer(actor: str, what: Document, to: str, at: datetime, content: str | None = None, **own: str) -> Document:
    """``what`` (a Relationship) is put to ``to``, who may accept or reject it. ``own`` are further words of ours."""
    return Activity(None, "Offer", actor, (what,), target=to, to=(to,), published=at, content=content).write(**own)


def quote_request(actor: str, quoted: str, author: str, quoting: Document | str) -> Document:
    """``actor`` would like to quote ``quoted`` in ``quoting``, and asks its author (FEP-044f)."""
    instrument = without_context(quoting) if isinstance(quoting, dict) else quoting
    return Activity(None, "QuoteRequest", actor, (quoted,), to=(author,)).write(instrument=instrument)


def delete_quote(actor: str, stamp: QuoteAuthorization, followers: str) -> Document:
    """The yes to a quote is taken back. It is embedded: Mastodon looks by its type for what it was."""
    return Activity(None, "Delete", actor, (stamp.write(),), to=(PUBLIC,), cc=(followers,)).write()


def add(actor: str, what: Document | str, collection: str, to: Sequence[str]) -> Document:
    """``what`` now stands in ``collection``."""
    return Activity(None, "Add", actor, (what,), target=collection, to=tuple(to)).write()


def remove(actor: str, what: Document | str, collection: str, to: Sequence[str]) -> Document:
    """``what`` no longer stands in ``collection``."""
    return Activity(None, "Remove", actor, (what,), target=collection, to=tuple(to)).write()
