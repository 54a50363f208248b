"""Add: an association counts somebody among its members, somebody names one as theirs, or keeps a post on top."""

from dataclasses import replace

from federation import affiliations
from federation.activities import content
from federation.directory import Directory
from federation.errors import Ignored, Refused
from node.actors import queries
from node.actors.model import Actor
from node.associations import vouches
from node.pins import service as pins
from node.posts import queries as posts
from node.posts.model import Post
from node.work import Writing
from schemas.activities import Activity
from schemas.relationship import Relationship
from schemas.values import Document, same_origin


async def prepare(activity: Activity, remote: Directory) -> Activity:
    """Ask the other side; what both say replaces the object. Otherwise there is nothing to keep."""
    actor = await remote.actor(activity.actor)
    target = activity.target_id
    if target is not None and target == actor.featured_uri:
        return await _featured(activity, remote)
    if target is not None and target == actor.members_uri and activity.object_id:
        person = await remote.actor(activity.object_id)
    elif target is not None and target == actor.affiliations_uri:
        person = actor
    else:
        raise Ignored("no collection that matters here")
    agreed = [
        statement.document
        for statement in await affiliations.read(remote, person)
        if statement.is_fresh and activity.actor in (statement.issuer.uri, person.uri)
    ]
    return replace(activity, objects=tuple(agreed))


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Keep the memberships on which both sides agree, and what stands on top of somebody's page."""
    if activity.target_id is not None and activity.target_id == actor.featured_uri:
        for item in activity.objects:
            await _pin(work, actor, item)
        return
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


async def _featured(activity: Activity, remote: Directory) -> Activity:
    uri = activity.object_id
    if uri is None or not same_origin(uri, activity.actor):
        raise Refused("what is kept on top is not on the server of its author")
    async with remote.node.reading() as work:
        if await posts.id_by_uri(work, uri) is not None:
            return replace(activity, objects=(uri,))
        if not await content.is_followed(work, activity.actor):
            raise Ignored("nobody here follows them")
    return replace(activity, objects=(await remote.document(uri),))


async def _pin(work: Writing, actor: Actor, item: Document | str) -> None:
    if isinstance(item, dict):
        post = await content.take(work, actor, item, is_wanted=True)
    else:
        id = await posts.id_by_uri(work, item)
        found = await work.session.get(Post, id) if id is not None else None
        if found is None:
            raise Ignored("there is nothing of the kind here")
        post = found
    if not await pins.receive(work, actor, post):
        raise Refused("it is not theirs to keep on top")
