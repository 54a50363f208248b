"""Block: somebody no longer wants to have to do with one of ours."""

from federation.directory import Directory
from federation.errors import Ignored
from node.actors import queries
from node.actors.model import Actor
from node.follows import service as follows
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Neither follows the other any more. The member is not told that there was a Block."""
    blocked = await queries.by_uri(work, activity.object_id or "")
    if blocked is None or not blocked.is_local:
        raise Ignored("it blocks nobody of ours")
    await follows.receive_reject(work, actor, "", blocked.uri)
    await follows.receive_undo(work, actor, None, blocked.uri)
