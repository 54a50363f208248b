"""Leave: somebody goes from a circle of ours."""

from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.circles import members
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Everybody may go, and only for themselves."""
    if not await members.receive_leave(work, actor, None, activity.object_id):
        raise Ignored("they are in nothing of ours by that name")
