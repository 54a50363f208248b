"""Move: somebody has another account now. Said by the old one (push) or by the new one (pull, FEP-7628)."""

from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.actors import queries
from node.actors.model import Actor
from node.follows import moving
from node.peers import service as peers
from node.work import Writing
from schemas.activities import Activity
from schemas.values import Malformed


async def prepare(activity: Activity, remote: Directory) -> Activity:
    """Both accounts as they are now: an alias is often put there minutes before, and our copy may be older."""
    old, new = _between(activity)
    target = await remote.actor(new, fresh=True)
    if old not in target.also_known_as:
        raise Refused("the new account does not name the old one")
    if activity.actor == new:
        left = await remote.actor(old, fresh=True)
        if left.moved_to != new:
            raise Refused("the old account does not name the new one")
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Followers here follow the new account; a second move within a week changes nothing."""
    old_uri, new_uri = _between(activity)
    old, new = await queries.by_uri(work, old_uri), await queries.by_uri(work, new_uri)
    if old is None or new is None or old.is_local:
        raise Ignored("nobody of theirs is known here")
    if new.gone_at is not None or new.suspended_at is not None or await peers.is_blocked(work, new.host):
        raise Refused("the new account is shut out or gone")
    if moving.rests(work, old):
        raise Ignored("it moved lately")
    await moving.carry_over(work, old, new)


def _between(activity: Activity) -> tuple[str, str]:
    """The ids of the old and the new account. Raises Malformed, Refused when it is somebody else's move."""
    old, new = activity.object_id, activity.target_id
    if old is None or new is None or old == new:
        raise Malformed("Move without two accounts")
    if activity.actor not in (old, new):
        raise Refused("somebody else's move")
    return old, new
