"""Invite: somebody elsewhere asks a member of ours into a group there, or to a gathering (Friendica, Hubzilla)."""

from dataclasses import replace

from federation.activities import create
from federation.directory import Directory
from federation.errors import Ignored, PeerGone, Refused, Unreachable
from node.actors import queries
from node.actors.model import Actor
from node.invitations import circles
from node.markdown import plain
from node.work import Writing
from schemas.activities import Activity
from schemas.collections import Collection
from schemas.group import Group
from schemas.values import Document, Malformed, as_uri, same_origin, types
from schemas.vocabulary import EVENTS


async def prepare(activity: Activity, remote: Directory) -> Activity:
    """Look whether it is a group, and whether who invites may speak for it: it lives there, or moderates it."""
    if _is_to_event(activity):
        return replace(activity, objects=(_addressed(activity),))
    uri = activity.object_id
    invited = activity.target_id or next((to for to in activity.to if remote.node.uris.is_ours(to)), None)
    if uri is None or invited is None or not remote.node.uris.is_ours(invited):
        raise Ignored("it invites nobody of ours")
    if remote.node.uris.is_ours(uri):
        raise Refused("our circles invite for themselves")
    if activity.embedded is not None and activity.embedded.get("type") not in (None, "Group"):
        raise Ignored("no word for what one is invited to")
    group = await remote.actor(uri)
    if group.kind != "group":
        raise Ignored("no word for what one is invited to")
    if not same_origin(activity.actor, group.uri) and not await _moderates(activity.actor, group, remote):
        raise Refused("who invites does not moderate the group")
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Put the question to the member, unless the rules of first contact keep it out; a gathering is kept as a post."""
    if _is_to_event(activity):
        await create.apply(work, actor, activity)
        return
    group = await queries.by_uri(work, activity.object_id or "")
    target = activity.target_id or next((to for to in activity.to if work.uris.is_ours(to)), "")
    invited = await queries.by_uri(work, target)
    if group is None or invited is None or not invited.is_local:
        raise Ignored("it invites nobody of ours")
    words = plain(activity.content or "", 500)
    if not await circles.receive(work, actor, activity.id or "", group, invited, words):
        raise Refused("the rules of first contact keep it out")


def _is_to_event(activity: Activity) -> bool:
    return activity.embedded is not None and not EVENTS.isdisjoint(types(activity.embedded))


def _addressed(activity: Activity) -> Document:
    """The gathering, for whom the invitation is where it does not say so itself."""
    event = activity.embedded or {}
    return event if "to" in event else {**event, "to": list(activity.to), "cc": list(activity.cc)}


async def _moderates(actor_uri: str, group: Actor, remote: Directory) -> bool:
    address = Group.read(group.document or {}).moderators
    if address is None:
        return False
    try:
        collection = Collection.read(await remote.document(address))
    except (Refused, Unreachable, PeerGone, Malformed):
        return False
    return any(as_uri(item) == actor_uri for item in collection.items)
