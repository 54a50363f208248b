"""Update: a post, a listing, a profile or what became of an agreement is now like this."""

from dataclasses import replace

from federation.activities import content
from federation.directory import Directory
from federation.errors import Refused
from node.actors import remote as copies
from node.actors.model import Actor
from node.circles import distribution
from node.deals import hearing as deals
from node.work import Writing
from schemas import actors as wire
from schemas.activities import Activity
from schemas.values import Document, required_id, types
from schemas.vocabulary import ACTORS


async def prepare(activity: Activity, remote: Directory) -> Activity:
    if activity.object_id == activity.actor and activity.embedded is None:
        return replace(activity, objects=(await remote.document(activity.actor, fresh=True),))
    return replace(activity, objects=await content.fetch(activity, remote))


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Refresh the copy. Its author, and what it answers, stay as they were."""
    for document in activity.objects:
        if isinstance(document, dict):
            if await deals.update(work, actor, activity, document):
                continue
            if ACTORS.isdisjoint(types(document)):
                post = await content.take(work, actor, document)
                await distribution.echo(work, post, activity.document)
            else:
                await _actor(work, actor, document)


async def _actor(work: Writing, actor: Actor, document: Document) -> None:
    if required_id(document) != actor.uri:
        raise Refused("a profile is changed by its owner alone")
    await copies.mirror(work, wire.Actor.read(document))
    await work.session.refresh(actor)
