"""Block: somebody no longer wants to have to do with one of ours."""

from federation.directory import Directory
from federation.errors import Ignored
from node.actors import queries
from node.actors.model import Actor
from node.blocks import service as blocks
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """The two keep apart from now on. The member is not told that there was a Block."""
    if activity.target is not None:
        raise Ignored("it shuts somebody out of a circle elsewhere")
    blocked = await queries.by_uri(work, activity.object_id or "")
    if blocked is None or not blocked.is_local:
        raise Ignored("it blocks nobody of ours")
    await blocks.receive_block(work, actor, activity.id or "", blocked)
