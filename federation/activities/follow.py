"""Follow: somebody would like to read one of ours."""

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.actors import queries
from node.actors.model import Actor
from node.circles import members
from node.follows import service as follows
from node.invitations import service as invitations
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Ask, or be let in at once. The same Follow again gets the same answer again."""
    followed = await queries.copy(work, activity.object_id or "")
    if followed is None or not followed.is_local:
        raise Ignored("it follows nobody of ours")
    if followed.kind == "group":
        if not await members.receive_request(work, actor, activity.id or "", "Follow", followed):
            raise Refused("nobody can join this")
        return
    if followed.suspended_at is None and await follows.turn_away(work, actor, activity.id or "", followed):
        return
    if await follows.receive_follow(work, actor, activity.id or "", followed) is None:
        raise Refused("this actor cannot be followed")
    await invitations.notice_follow(work, actor, followed)
