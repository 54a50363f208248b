"""What somebody said and passed on before anybody here followed them: their last public posts, told to nobody."""

import sqlalchemy as sa
import structlog

from federation import lookup, walking
from federation.client import budget
from federation.directory import Directory
from federation.errors import PeerGone, Refused
from node.actors import queries
from node.actors.model import Actor
from node.boosts import service as boosts
from node.errors import NodeError
from node.posts.model import Post
from node.work import Node
from schemas.activities import Activity
from schemas.values import Document, Malformed, as_uri, required_id, same_origin

log = structlog.get_logger()

KIND = "history"
POSTS = 20
_LOOKED_AT = 60
_FETCHES = 30


async def fetch(node: Node, remote: Directory, uri: str) -> None:
    """Fetch the last posts of an actor who was followed just now. Raises Unreachable when that may work later."""
    async with node.reading() as work:
        actor = await queries.by_uri(work, uri)
    if actor is None or actor.is_local or actor.gone_at is not None or actor.history_at is not None:
        return
    kept = 0
    with budget(_FETCHES):
        try:
            found = await walking.walk(remote, actor.outbox_uri, actor.uri, pages=3, most=_LOOKED_AT)
        except (Refused, PeerGone, Malformed) as error:
            log.info("no_history", actor=uri, reason=str(error)[:200])
            found = walking.Found()
        for item in found.items:
            if kept >= POSTS:
                break
            passed_on = _passed_on(actor, item)
            kept += await (
                _keep_boost(node, remote, actor, passed_on) if passed_on else _keep(node, remote, actor, item)
            )
    async with node.writing() as work:
        await work.session.execute(sa.update(Actor).where(Actor.id == actor.id).values(history_at=work.now))


async def _keep(node: Node, remote: Directory, actor: Actor, item: Document | str) -> bool:
    """True when a post was kept, or was here before."""
    try:
        document = await _post(remote, actor, item)
        if document is None or required_id(document, "attributedTo") != actor.uri:
            return False
        async with node.reading() as work:
            known = await work.session.scalar(sa.select(Post.id).where(Post.uri == required_id(document)))
        return known is not None or await lookup.keep(node, remote, document, is_history=True) is not None
    except (Malformed, NodeError) as error:
        log.info("history_not_kept", actor=actor.uri, reason=str(error)[:200])
        return False


def _passed_on(actor: Actor, item: Document | str) -> Activity | None:
    """The entry of an outbox as an Announce of a single post by its id, which is how microblogs write them."""
    if isinstance(item, str) or item.get("type") != "Announce":
        return None
    try:
        activity = Activity.read(item)
    except Malformed:
        return None
    is_theirs = activity.actor == actor.uri and same_origin(activity.id, actor.uri)
    return activity if is_theirs and isinstance(activity.object, str) else None


async def _keep_boost(node: Node, remote: Directory, actor: Actor, activity: Activity) -> bool:
    """True when what they passed on is here, fetched from its own server, and that they did."""
    uri = activity.object_id
    assert activity.id is not None
    if uri is None:
        return False
    async with node.reading() as work:
        post_id = await work.session.scalar(sa.select(Post.id).where(Post.uri == uri))
        if post_id is None and work.uris.is_ours(uri):
            return False
    try:
        if post_id is None:
            post_id = await lookup.keep(node, remote, await remote.document(uri), is_history=True)
        if post_id is None:
            return False
        async with node.writing() as work:
            work.is_history = True
            booster, post = await work.session.get_one(Actor, actor.id), await work.session.get_one(Post, post_id)
            said = activity.id, post
            kept = await boosts.receive(work, booster, *said, to=activity.to, cc=activity.cc, at=activity.published)
            return kept is not None
    except (Malformed, NodeError) as error:
        log.info("history_not_kept", actor=actor.uri, reason=str(error)[:200])
        return False


async def _post(remote: Directory, actor: Actor, item: Document | str) -> Document | None:
    """The post that an entry of an outbox is about, when its owner wrote it."""
    if isinstance(item, str):
        if not same_origin(item, actor.uri):
            return None
        item = await remote.document(item)
    if "actor" not in item:
        return item if same_origin(as_uri(item), actor.uri) else None
    activity = Activity.read(item)
    uri = activity.object_id
    if activity.type != "Create" or activity.actor != actor.uri or not same_origin(uri, actor.uri):
        return None
    assert uri is not None
    return activity.embedded or await remote.document(uri)
