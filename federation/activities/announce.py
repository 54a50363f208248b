"""Announce: somebody passes on what was said, or a group what was done in it (FEP-1b12)."""

from dataclasses import replace

import sqlalchemy as sa

from federation.activities import content, create, delete, like, undo, update
from federation.directory import Directory
from federation.errors import Ignored, PeerGone, Refused
from federation.proving import is_proven
from node import catalogue
from node.access import OPEN
from node.actors import queries as actors
from node.actors.model import Actor
from node.boosts import service as boosts
from node.circles import distribution
from node.errors import NotFound
from node.follows import service as follows
from node.moderation.queries import may_reach
from node.pins import service as pins
from node.posts import places
from node.posts.model import Post
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.note import Note
from schemas.values import Malformed, as_uri, author_of, get, required_id, same_origin, types
from schemas.vocabulary import ACTIVITIES

_VERBS = {"Create": create, "Update": update, "Delete": delete, "Like": like, "EmojiReact": like, "Undo": undo}
"""What a group passes on and we act upon."""
_ABOUT_KNOWN = ("Update", "Delete", "Like", "EmojiReact", "Undo")
"""What matters only when we have what it is about."""
_ON_TOP = ("Add", "Remove")
"""What a group says of its own `featured`, whichever moderator did it."""
_DOINGS = ACTIVITIES - {"Question"}  # a poll is content, whatever the vocabulary says


async def prepare(activity: Activity, remote: Directory) -> Activity:
    """Fetch what is passed on from where it lives; what somebody else's server says of it is not believed."""
    passed_on = activity.object
    uri = activity.object_id
    if isinstance(passed_on, dict) and not _DOINGS.isdisjoint(types(passed_on)):
        return await _with_inner(activity, Activity.read(passed_on), remote)
    if uri is None:
        raise Ignored("it is about nothing")
    async with remote.node.reading() as work:
        known = await _post(work, uri)
        if known is not None and (known.is_local or await content.is_followed(work, activity.actor)):
            return replace(activity, objects=(uri,))
        if work.uris.is_ours(uri):
            raise Ignored("there is nothing of the kind here")
        if not await content.is_followed(work, activity.actor):
            raise Ignored("nobody here follows who passes it on")
    document = await remote.document(uri)
    if not _DOINGS.isdisjoint(types(document)):
        return await _with_inner(activity, Activity.read(document), remote, is_fetched=True)
    author_uri = author_of(document)
    if not same_origin(required_id(document), author_uri):
        raise Refused("it is not on the server of its author")
    if catalogue.claiming(document) is None:
        raise Ignored("no word for what is passed on")
    if not Note.read(document).is_public:
        raise Ignored("it was not said to everybody")
    await remote.actor(author_uri)
    return replace(activity, objects=(document,))


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Show it to those who follow ``actor``; or do what the group passed on, in the name of who did it."""
    passed_on = activity.object
    if isinstance(passed_on, str):
        post = await _post(work, passed_on)
        if post is None:
            raise Ignored("there is nothing of the kind here")
        await _boost(work, actor, activity, post)
    elif passed_on is not None and not _DOINGS.isdisjoint(types(passed_on)):
        await act(work, actor, activity, Activity.read(passed_on))
    elif passed_on is not None:
        author = await _author(work, actor, author_of(passed_on))
        await _boost(work, actor, activity, await content.take(work, author, passed_on, is_wanted=True))


async def act(work: Writing, group: Actor, activity: Activity, inner: Activity) -> Post | None:
    """What ``group`` passed on with ``activity``, done in the name of ``inner.actor``, who is known to have done it.

    Returns the post of a Create. What begins a conversation is shown to those who follow the group; answers are found
    below it.
    """
    if inner.type in _ON_TOP:
        await _keep_on_top(work, group, inner)
        return None
    if _is_ban(inner, group.uri):
        await _send_away(work, group, inner)
        return None
    verb = _VERBS.get(inner.type)
    if verb is None:
        raise Ignored(f"no word for a passed on {inner.type}")
    author = await _author(work, group, inner.actor)
    if inner.type == "Delete" and group.kind == "group":
        post = await _post(work, inner.object_id or "")
        if post is not None and post.circle_id == group.id and post.author_id != author.id:
            await distribution.set_aside(work, group, post)  # by a moderator; its author keeps it
            return None
    if inner.type != "Create":
        await verb.apply(work, author, inner)
        return None
    document = inner.embedded
    if document is None:
        raise Ignored("it is about nothing")
    post = await content.take(work, author, document, is_wanted=True)
    if group.kind == "group" and post.circle_id is None and await _belongs(work, group, post):
        await places.stand(work, group, post)
    if post.parent_uri is None and post.visibility != distribution.CLOSED:
        await _boost(work, group, activity, post)
    return post


async def unwrap(inner: Activity, carrier: str, remote: Directory, *, is_fetched: bool = False) -> Activity:
    """The activity that ``carrier`` passes on, as it is known to be by its own actor; otherwise Refused.

    Believed from a group on the same server, with a FEP-8b32 proof, or as its own server serves it.
    Where its id leads nowhere, the object of a Create or Update is asked for, and that of a Delete must be gone.
    """
    if inner.id is not None and not same_origin(inner.id, inner.actor):
        raise Refused("it is not on the server of its actor")
    if is_fetched or await _speaks_for(carrier, inner.actor, remote):
        return inner
    if await is_proven(inner.document, inner.actor, remote):
        return inner
    if inner.id is not None and same_origin(inner.id, inner.actor):
        try:
            found = Activity.read(await remote.document(inner.id))
        except (Refused, PeerGone, Malformed):
            pass
        else:
            # Its server may lead elsewhere: what lives there is not its word.
            is_its_own = same_origin(found.id, inner.actor)
            if is_its_own and found.actor == inner.actor and found.type == inner.type:
                return found
    uri = inner.object_id
    if uri is None or inner.type not in ("Create", "Update", "Delete") or not same_origin(uri, inner.actor):
        raise Refused("nothing shows that its actor did that")
    try:
        document = await remote.document(uri, fresh=inner.type != "Create")
    except PeerGone:
        document = {"id": uri, "type": "Tombstone"}
    except Refused as error:
        if error.status != 404:
            raise
        document = {"id": uri, "type": "Tombstone"}
    if ("Tombstone" in types(document)) is not (inner.type == "Delete"):
        raise Refused("its server says otherwise")
    if inner.type != "Delete" and author_of(document) != inner.actor:
        raise Refused("the object has another author")
    return content.about(inner, document)


async def _with_inner(activity: Activity, inner: Activity, remote: Directory, *, is_fetched: bool = False) -> Activity:
    """The Announce with what it passes on in it, verified and with everything that it needs."""
    if inner.type in _ON_TOP or _is_ban(inner, activity.actor):
        return activity
    verb = _VERBS.get(inner.type)
    if verb is None:
        raise Ignored(f"no word for a passed on {inner.type}")
    async with remote.node.reading() as work:
        if inner.type in _ABOUT_KNOWN:
            if await _post(work, _about(inner)) is None:
                raise Ignored("it is about nothing here")
        elif not await content.is_followed(work, activity.actor):
            raise Ignored("nobody here follows who passes it on")
    if remote.node.uris.is_ours(inner.actor):
        raise Ignored("it is one of ours, of which we know already")
    inner = await unwrap(inner, activity.actor, remote, is_fetched=is_fetched)
    try:
        await remote.actor(inner.actor)
    except NotFound as error:
        raise Refused("its actor is not there") from error
    prepared = await verb.prepare(inner, remote)
    written = {**prepared.document, "object": list(prepared.objects)}
    return replace(activity, objects=(written,))


async def _keep_on_top(work: Writing, group: Actor, inner: Activity) -> None:
    if group.kind != "group" or inner.target_id is None or inner.target_id != group.featured_uri:
        raise Ignored("no collection that matters here")
    post = await _post(work, inner.object_id or "")
    change = pins.receive if inner.type == "Add" else pins.drop
    if post is None or not await change(work, group, post):
        raise Ignored("there is nothing of the kind in the group")


def _is_ban(inner: Activity, group_uri: str) -> bool:
    """It shuts somebody out of the group that says so, whichever of its moderators did it."""
    return inner.type == "Block" and inner.target_id == group_uri


async def _send_away(work: Writing, group: Actor, inner: Activity) -> None:
    """A member of ours is in the group no longer: programs that ban so send no Reject."""
    if group.kind != "group" or not await follows.receive_reject(work, group, "", inner.object_id):
        raise Ignored("it shuts out nobody of ours")


async def _speaks_for(carrier: str, actor: str, remote: Directory) -> bool:
    """True for oneself, and for what a group says of the people of its own server; one of them is not another."""
    if actor == carrier or not same_origin(actor, carrier):
        return actor == carrier
    known = await remote.known(carrier)
    return known is not None and known.kind == "group"


async def _belongs(work: Reading, group: Actor, post: Post) -> bool:
    """Whether its author put it there: it names the group, or answers what stands in it. No group can claim others."""
    if places.names(group, post):
        return True
    parent = await work.session.get(Post, post.parent_id) if post.parent_id is not None else None
    # An answer in private is for whom it names, also when what it answers stands in a group.
    return parent is not None and parent.circle_id == group.id and post.visibility in OPEN


def _about(inner: Activity) -> str:
    """The address of what an activity is about; of an Undo, of what was undone."""
    if inner.type == "Undo" and inner.embedded is not None:
        return as_uri(get(inner.embedded, "object")) or ""
    return inner.object_id or ""


async def _author(work: Reading, carrier: Actor, uri: str) -> Actor:
    """Who said it. Those who are shut out do not come back in through somebody else's hands."""
    author = await actors.by_uri(work, uri)
    if author is None:
        raise Ignored("its author is not known here")
    if author.gone_at is not None or not await may_reach(work, carrier, author):
        raise Refused("its author is shut out")
    return author


async def _post(work: Reading, uri: str) -> Post | None:
    return await work.session.scalar(sa.select(Post).where(Post.uri == uri)) if uri else None


async def _boost(work: Writing, actor: Actor, activity: Activity, post: Post) -> None:
    if activity.id is None or not same_origin(activity.id, actor.uri):
        raise Refused("it is not on the server of its actor")
    kept = await boosts.receive(work, actor, activity.id, post, to=activity.to, cc=activity.cc, at=activity.published)
    if kept is None:
        raise Ignored("it is not for them to pass on")
