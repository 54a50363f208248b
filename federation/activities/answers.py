"""What Accept, Reject and Undo are about: another activity, embedded or by its id."""

from dataclasses import dataclass

from federation.errors import Refused
from node.actors.model import Actor
from node.posts import consents
from node.posts import service as posts
from node.work import Writing
from schemas import quoting
from schemas.activities import Activity
from schemas.values import Malformed, as_uri, first, get, one_id, type_of


@dataclass(frozen=True, slots=True)
class About:
    """The inner activity. ``type`` is empty and the rest unknown where only its id came."""

    uri: str
    type: str = ""
    actor: str | None = None
    object: str | None = None


def asked(activity: Activity) -> About:
    """What an Accept or Reject answers. Raises Refused when it was put to somebody other than who answers.

    Some programs embed a Follow with an id of their own making: then it is found by the two it is between.
    """
    inner = _inner(activity)
    put_to = inner.object
    if inner.type == "Follow" and put_to != activity.actor:
        raise Refused("it answers what was asked of somebody else")
    return inner


async def about_quote(work: Writing, actor: Actor, activity: Activity, *, is_yes: bool) -> bool:
    """Whether it answers a member who asked to quote; whoever has the post learns what the answer was."""
    what = asked(activity)
    if what.type not in ("", "QuoteRequest"):
        return False
    quoter, stamp = quoting.asked(activity.embedded or {}), as_uri(first(activity.document, "result"))
    post = await consents.receive_answer(work, actor, what.uri, quoter, stamp, is_yes=is_yes)
    if post is not None:
        await posts.retell(work, post)
    return post is not None


def taken_back(activity: Activity) -> About:
    """What an Undo takes back. Raises Refused when somebody else did that.

    Some embed it without its actor: then whoever undoes it is taken for that.
    """
    inner = _inner(activity)
    if inner.actor not in (None, activity.actor):
        raise Refused("it undoes what somebody else did")
    return inner


def _inner(activity: Activity) -> About:
    item = activity.object
    if isinstance(item, str):
        return About(item)
    if item is None:
        raise Malformed("there is no object")
    actor = get(item, "actor")
    return About(
        uri=as_uri(item) or "",
        type=type_of(item),
        actor=as_uri(actor) if isinstance(actor, str | dict) else None,
        object=one_id(item, "object"),
    )
