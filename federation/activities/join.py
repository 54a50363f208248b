"""Join: somebody would like to come into a circle of ours."""

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.actors import queries
from node.actors.model import Actor
from node.circles import members
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """The same as a Follow of the circle; answered with the Join inside."""
    group = await queries.by_uri(work, activity.object_id or "")
    if group is None or not group.is_local or group.kind != "group":
        raise Ignored("there is nothing of ours to join")
    if not await members.receive_request(work, actor, activity.id or "", "Join", group):
        raise Refused("nobody can join this")
