"""What somebody brings without a proof by its author counts only as far as the author's own server says the same."""

import sqlalchemy as sa

from federation.activities import content
from federation.directory import Directory
from federation.errors import Ignored, PeerGone, Refused
from node.access import OPEN
from node.actors import queries as actors
from node.posts.model import Post
from node.work import Node, Reading
from schemas.activities import Activity
from schemas.values import one_id, same_origin, types

_OF_OBJECTS = frozenset({"Create", "Update"})


async def confirm(node: Node, remote: Directory, activity: Activity) -> Activity:
    """The activity as its author's server has it. Nothing of what was brought is in it but addresses.

    Raises Ignored, Refused, Unreachable, PeerGone, Malformed.
    """
    if activity.type == "Delete":
        return await _deletion(node, remote, activity)
    async with node.reading() as work:
        if not await _concerns_us(work, activity):
            raise Ignored("brought by somebody else, and about nothing that matters here")
    uri = activity.object_id
    if activity.type in _OF_OBJECTS and same_origin(uri, activity.actor):
        assert uri is not None
        document = await remote.document(uri, fresh=True)
        return content.about(activity, document)
    if not same_origin(activity.id, activity.actor):
        raise Ignored("brought by somebody else, and without an address of its own")
    assert activity.id is not None
    found = Activity.read(await remote.document(activity.id, fresh=True))
    if (found.id, found.type, found.actor) != (activity.id, activity.type, activity.actor):
        raise Refused("the author's server has something else there")
    return found


async def _concerns_us(work: Reading, activity: Activity) -> bool:
    """Asked before anything is fetched: whoever brings it must not make us ask others about what nobody here reads.

    What it says of itself is not believed, but it has to say that it is for one of ours, or about what is known here.
    """
    said = activity.embedded or {}
    about = [activity.object_id, one_id(said, "inReplyTo"), one_id(said, "object")]
    known = [uri for uri in about if uri is not None]
    if any(work.uris.is_ours(uri) for uri in (*activity.recipients, *known)):
        return True
    if await content.is_followed(work, activity.actor):
        return True
    return await work.session.scalar(sa.select(Post.id).where(Post.uri.in_(known)).limit(1)) is not None


async def _deletion(node: Node, remote: Directory, activity: Activity) -> Activity:
    """Whether it is really gone. Believed for a post that anybody may read when it is not found; otherwise its server
    must say that it is gone, for it may merely not be for us to read."""
    uri = activity.object_id
    if not same_origin(uri, activity.actor):
        raise Refused("what is deleted is not on the server of who deletes it")
    assert uri is not None
    async with node.reading() as work:
        post = await work.session.scalar(sa.select(Post).where(Post.uri == uri))
        is_known = post is not None or await actors.by_uri(work, uri) is not None
    if not is_known:
        raise Ignored("brought by somebody else, about something unknown here")
    try:
        document = await remote.document(uri, fresh=True)
    except PeerGone:
        return _deleted(activity, uri)
    except Refused as error:
        if error.status == 404 and post is not None and post.visibility in OPEN:
            return _deleted(activity, uri)
        raise
    if "Tombstone" in types(document):
        return _deleted(activity, uri)
    raise Ignored("brought by somebody else, and it is still there")


def _deleted(activity: Activity, uri: str) -> Activity:
    return Activity.read({"id": activity.id, "type": "Delete", "actor": activity.actor, "object": uri})
