"""Whose member somebody elsewhere is: both sides are asked, and only what both say counts.

While an association's server does not answer, its proof in what the person shows stands for it.
"""

from dataclasses import dataclass

import structlog

from federation.directory import Directory
from federation.errors import Busy, PeerGone, Refused, Unreachable
from federation.proving import is_proven
from node.actors.model import Actor
from node.associations import vouches
from node.work import Node, Writing
from schemas.collections import Collection
from schemas.relationship import Relationship
from schemas.values import Document, Malformed, same_origin

log = structlog.get_logger()

MOST = 5
"""Associations of one person that are asked about."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A membership on which both sides agree, and the issuer's row (a detached copy).

    ``is_fresh``: the association's server says so now. Otherwise it is away, and its proof (FEP-8b32) says so.
    """

    relationship: Relationship
    issuer: Actor
    document: Document
    is_fresh: bool


async def read(remote: Directory, person: Actor) -> list[Statement]:
    """What ``person`` says of their memberships, as far as each association's own server says the same.

    Raises Refused, Unreachable, PeerGone, Malformed when the person's side cannot be read, Busy when we have no time.
    """
    if person.is_local or not person.affiliations_uri:
        return []
    collection = Collection.read(await remote.document(person.affiliations_uri, fresh=True))
    items = collection.items
    if not items and isinstance(collection.first, Collection):
        items = collection.first.items
    elif not items and isinstance(collection.first, str) and same_origin(collection.first, person.uri):
        items = Collection.read(await remote.document(collection.first, fresh=True)).items
    found = []
    for item in items[:MOST]:
        try:
            statement = await _confirmed(remote, person, item)
        except Busy:
            raise  # nobody said no
        except (Refused, Unreachable, PeerGone, Malformed) as error:
            log.info("membership_not_confirmed", person=person.uri, reason=str(error)[:200])
            continue
        if statement is not None:
            found.append(statement)
    return found


async def _confirmed(remote: Directory, person: Actor, item: Document | str) -> Statement | None:
    claimed = Relationship.read(item if isinstance(item, dict) else await remote.document(item, fresh=True))
    if claimed.id is None or not claimed.is_membership or claimed.subject != person.uri:
        return None
    if claimed.attributed_to != claimed.object or not same_origin(claimed.id, claimed.object):
        return None
    is_fresh = True
    try:
        document = await remote.document(claimed.id, fresh=True)
    except Busy:
        raise  # the server may well be there
    except Unreachable:
        if not isinstance(item, dict) or not await is_proven(item, claimed.object, remote):
            raise
        document, is_fresh = item, False
    said = Relationship.read(document)
    if (said.subject, said.object, said.attributed_to) != (person.uri, claimed.object, claimed.object):
        return None
    if not same_origin(said.id, claimed.object):
        return None  # the association's server leads elsewhere, to what it did not say
    issuer = await remote.actor(claimed.object)
    return None if issuer.is_local else Statement(said, issuer, document, is_fresh)


async def keep(work: Writing, person: Actor, statements: list[Statement]) -> None:
    """Keep what both sides say now, and drop what they no longer say."""
    agreed = {statement.issuer.id: statement for statement in statements}
    for row in await vouches.affiliations_of(work, person.id):
        issuer = await work.session.get_one(Actor, row.issuer_id)
        if issuer.id not in agreed and not issuer.is_local:
            await vouches.unhear(work, issuer, person)
    for issuer_id, statement in agreed.items():
        issuer = await work.session.get_one(Actor, issuer_id)
        if not statement.is_fresh and await vouches.was_revoked(work, issuer, person):
            continue  # what was taken back can still be shown, and its proof holds for ever
        await vouches.hear(
            work,
            issuer,
            person,
            uri=statement.relationship.id or "",
            since=statement.relationship.start_time,
            until=statement.relationship.end_time,
            both_agree=True,
            document=statement.document,
        )


async def refresh(node: Node, remote: Directory, person: Actor) -> None:
    """Ask both sides anew. Nothing changes when the person's side does not answer."""
    if person.is_local or not person.affiliations_uri:
        return
    try:
        statements = await read(remote, person)
    except (Refused, Unreachable, PeerGone, Malformed) as error:
        log.info("memberships_not_read", person=person.uri, reason=str(error)[:200])
        return
    async with node.writing() as work:
        await keep(work, await work.session.get_one(Actor, person.id), statements)
