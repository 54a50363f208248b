"""Create: somebody wrote, offers or asks for something, or says what happened in a deal."""

from dataclasses import replace

from federation.activities import content
from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.deals import hearing as deals
from node.deals import messages
from node.directed import service as directed
from node.invitations import service as invitations
from node.posts import places
from node.work import Writing
from schemas.activities import Activity


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return replace(activity, objects=await content.fetch(activity, remote))


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Keep each object; votes come several at once. What is already here is refreshed, for it is the author's word."""
    reasons = []
    for document in activity.objects:
        if isinstance(document, dict):
            try:
                if await deals.create(work, actor, activity, document):
                    continue
                if not await content.vote(work, actor, document):
                    post = await content.take(work, actor, document)
                    await invitations.notice_reply(work, post)
                    await messages.notice_reply(work, post)
                    await places.receive(work, actor, post, activity.document)
            except directed.Overfull:
                await directed.count_overfull(work, actor.host)
            except Ignored as reason:
                reasons.append(reason)
    if reasons and len(reasons) == len(activity.objects):
        raise reasons[0]
