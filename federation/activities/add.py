"""Add: an association counts somebody among its members, or somebody names an association as theirs."""

from dataclasses import replace

from federation import affiliations
from federation.directory import Directory
from federation.errors import Ignored
from node.actors import queries
from node.actors.model import Actor
from node.associations import vouches
from node.work import Writing
from schemas.activities import Activity
from schemas.relationship import Relationship


async def prepare(activity: Activity, remote: Directory) -> Activity:
    """Ask the other side; what both say replaces the object. Otherwise there is nothing to keep."""
    actor = await remote.actor(activity.actor)
    target = activity.target_id
    if target is not None and target == actor.members_uri and activity.object_id:
        person = await remote.actor(activity.object_id)
    elif target is not None and target == actor.affiliations_uri:
        person = actor
    else:
        raise Ignored("no collection that matters here")
    agreed = [
        statement.document
        for statement in await affiliations.read(remote, person)
        if activity.actor in (statement.issuer.uri, person.uri)
    ]
    return replace(activity, objects=tuple(agreed))


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Keep the memberships on which both sides agree."""
    if not activity.objects:
        raise Ignored("the other side does not say the same")
    for document in activity.objects:
        if not isinstance(document, dict):
            continue
        said = Relationship.read(document)
        issuer, subject = await queries.by_uri(work, said.object), await queries.by_uri(work, said.subject)
        if issuer is not None and subject is not None:
            await vouches.hear(
                work,
                issuer,
                subject,
                uri=said.id or "",
                since=said.start_time,
                until=said.end_time,
                both_agree=True,
                document=document,
            )
