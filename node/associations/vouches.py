"""Vouching: an association says that someone is its member, and it counts only while both sides say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from node.actors.model import Actor
from node.asking import NOW, Question, among
from node.associations import service
from node.associations.model import Vouch
from node.errors import NotFound
from node.ids import new_id
from node.outbox import wire
from node.outbox.service import Audience, publish
from node.windows import Window
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.relationship import Relationship
from schemas.values import PUBLIC, Document
from schemas.vocabulary import MEMBER_OF

_NEWEST = Window(50)


@dataclass(frozen=True, slots=True)
class Voucher:
    """An association that vouches for someone, as a card names it."""

    name: str
    uri: str
    url: str
    host: str
    is_local: bool
    since: datetime


async def vouch(work: Writing, subject: Actor, *, since: datetime | None = None, tell: bool = True) -> Vouch:
    """Our association says that ``subject`` is its member; nothing changes when it says so already.

    ``tell`` sends the word to whoever follows either of them. An import does not: three hundred words at once would
    be noise, and who meets one of the members reads the statement from their page.
    """
    issuer = await service.office(work)
    row = await _between(work, issuer.id, subject.id)
    if row is not None and row.revoked_at is None and row.confirmed_at is not None:
        return row
    if row is None:
        id = new_id(work.now)
        row = Vouch(id=id, uri=work.uris.relationship(id), issuer_id=issuer.id, subject_id=subject.id)
        work.session.add(row)
    row.since = since or work.now
    row.until = row.revoked_at = None
    row.confirmed_at = work.now  # a member of ours names us in the very document that we serve for them
    await work.session.flush()
    if tell:
        await _say(work, issuer, subject, "Add", subject.uri)
    return row


async def revoke(work: Writing, subject: Actor, *, tell: bool = True) -> None:
    """Our association takes its word back. Raises NotFound when it had not given it."""
    issuer = await service.office(work)
    row = await _between(work, issuer.id, subject.id)
    if row is None or row.revoked_at is not None:
        raise NotFound
    row.revoked_at = work.now
    await work.session.flush()
    if tell:
        await _say(work, issuer, subject, "Remove", subject.uri)
        await publish(work, issuer, wire.delete(issuer.uri, row.uri, work.now), _audience(subject))


async def hear(
    work: Writing,
    issuer: Actor,
    subject: Actor,
    *,
    uri: str,
    since: datetime | None = None,
    until: datetime | None = None,
    both_agree: bool,
    document: Document | None = None,
) -> Vouch:
    """Keep a statement by another association. It shows only while ``both_agree``: the association's list of members
    holds the person and the person's own affiliations hold the association, each fetched from its own host."""
    row = await _between(work, issuer.id, subject.id)
    # One id is one statement: what it said before, of somebody else, is not said any more.
    await work.session.execute(
        sa.delete(Vouch).where(Vouch.uri == uri, sa.or_(Vouch.issuer_id != issuer.id, Vouch.subject_id != subject.id))
    )
    if row is None:
        row = Vouch(id=new_id(work.now), uri=uri, issuer_id=issuer.id, subject_id=subject.id, since=since or work.now)
        work.session.add(row)
    row.uri = uri
    row.since = since or row.since
    row.until = until
    row.revoked_at = None if both_agree else row.revoked_at
    row.confirmed_at = work.now if both_agree else None
    row.document = document or row.document
    await work.session.flush()
    return row


async def unhear(work: Writing, issuer: Actor, subject: Actor) -> None:
    """Another association took its word back, or the person no longer names it; no matter if it was never given."""
    row = await _between(work, issuer.id, subject.id)
    if row is not None and row.revoked_at is None:
        row.revoked_at = work.now


async def was_revoked(work: Reading, issuer: Actor, subject: Actor) -> bool:
    """True when the association took its word back, and did not give it again."""
    row = await _between(work, issuer.id, subject.id)
    return row is not None and row.revoked_at is not None


async def unhear_statement(work: Writing, issuer: Actor, uri: str) -> bool:
    """The statement with this id was deleted by its issuer; True when we knew it."""
    row = await work.session.scalar(sa.select(Vouch).where(Vouch.uri == uri, Vouch.issuer_id == issuer.id))
    if row is None:
        return False
    row.revoked_at = row.revoked_at or work.now
    return True


# what is said, for collections and cards


async def by_id(work: Reading, id: int) -> Vouch:
    """A statement of ours that holds. Raises NotFound."""
    office = await service.office(work)
    row = await work.session.scalar(
        sa.select(Vouch).where(Vouch.id == id, Vouch.issuer_id == office.id, *_valid(work.now))
    )
    if row is None:
        raise NotFound
    return row


async def relationship_document(work: Reading, row: Vouch) -> Document:
    """The statement as others read it, with its @context; another association's in its own words."""
    if row.document is not None:
        return row.document
    uris = dict(
        (
            await work.session.execute(
                sa.select(Actor.id, Actor.uri).where(Actor.id.in_([row.issuer_id, row.subject_id]))
            )
        ).all()
    )
    return Relationship(
        id=row.uri,
        subject=uris[row.subject_id],
        object=uris[row.issuer_id],
        relationship=MEMBER_OF,
        attributed_to=uris[row.issuer_id],
        start_time=row.since,
        end_time=row.until,
    ).write()


async def count_of(work: Reading, issuer_id: int) -> int:
    """How many people the association vouches for now."""
    found = await work.session.scalar(
        sa.select(sa.func.count()).select_from(Vouch).where(Vouch.issuer_id == issuer_id, *_valid(work.now))
    )
    return int(found or 0)


async def members_of(work: Reading, issuer_id: int, part: Window = _NEWEST) -> Sequence[tuple[int, str]]:
    """Part of the ``members`` collection: (cursor, actor id), newest first."""
    chosen = (
        sa.select(Vouch.id, Actor.uri)
        .join(Actor, Actor.id == Vouch.subject_id)
        .where(Vouch.issuer_id == issuer_id, Actor.gone_at.is_(None), *_valid(work.now))
    )
    rows = (await work.session.execute(part.cut(chosen, Vouch.id))).all()
    return [(row.id, row.uri) for row in part.in_order(rows)]


async def affiliations_of(work: Reading, actor_id: int) -> Sequence[Vouch]:
    """The statements about someone that hold now, oldest first."""
    found = await work.session.scalars(
        sa.select(Vouch).where(Vouch.subject_id == actor_id, *_valid(work.now)).order_by(Vouch.since, Vouch.id)
    )
    return found.all()


def _valid(now: datetime | sa.BindParameter[datetime]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Vouch.revoked_at.is_(None),
        Vouch.confirmed_at.is_not(None),
        sa.or_(Vouch.until.is_(None), Vouch.until > now),
    )


class _Vouched(NamedTuple):
    subject_id: int
    name: str
    uri: str
    url: str
    host: str
    is_local: bool
    since: datetime


_VOUCHERS = Question(
    _Vouched,
    sa.select(Vouch.subject_id, Actor.name, Actor.uri, Actor.url, Actor.handle_host, Actor.is_local, Vouch.since)
    .join(Actor, Actor.id == Vouch.issuer_id)
    .where(among(Vouch.subject_id, "ids"), Actor.gone_at.is_(None), Actor.suspended_at.is_(None), *_valid(NOW))
    .order_by(Actor.is_local.desc(), Vouch.since),
)


async def vouchers(work: Reading, actor_ids: Sequence[int]) -> dict[int, list[Voucher]]:
    """Who vouches for each of these people; ours first, then in the order of time."""
    by_subject: dict[int, list[Voucher]] = {id: [] for id in actor_ids}
    for row in await _VOUCHERS.ask(work, ids=actor_ids, now=work.now):
        by_subject[row.subject_id].append(Voucher(row.name, row.uri, row.url, row.host, row.is_local, row.since))
    return by_subject


async def _between(work: Reading, issuer_id: int, subject_id: int) -> Vouch | None:
    return await work.session.scalar(
        sa.select(Vouch).where(Vouch.issuer_id == issuer_id, Vouch.subject_id == subject_id)
    )


async def _say(work: Writing, issuer: Actor, subject: Actor, verb: str, object: str) -> None:
    activity = Activity(
        id=None,
        type=verb,
        actor=issuer.uri,
        objects=(object,),
        target=issuer.members_uri,
        to=(PUBLIC,),
        cc=tuple(uri for uri in (issuer.followers_uri, subject.uri) if uri),
        published=work.now,
    )
    await publish(work, issuer, activity.write(), _audience(subject))


def _audience(subject: Actor) -> Audience:
    # Whoever follows the member hears at once that the association no longer vouches for them.
    return Audience(followers=True, actors=[subject.id], followers_of=[subject.id])
