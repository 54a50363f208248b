"""Finding people and companies, here and at other associations, blind to case and accents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node import search
from node.access import Reader, people_listed
from node.accounts.model import Account
from node.actors.model import Actor
from node.asking import NOW, Question, Viewer, given, viewer_of
from node.associations.model import Vouch
from node.companies.model import Company
from node.faces import Face, faces, is_vouched, is_vouched_at
from node.industries import catalogue as industries
from node.industries.queries import within
from node.members.model import Member
from node.peers.model import Peer
from node.posts.model import Post
from node.work import Reading

PAGE = 36
_QUESTIONS = 60
"""Of so many wishes the question is kept."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a reader looks for. ``kind``: person, company or both; ``association_id``: the actor that vouches."""

    text: str = ""
    kind: str = ""
    association_id: int | None = None
    only_here: bool = False
    industry: str = ""
    """A code of node.industries: that class, or all within a group, division or section."""
    order: str = ""
    """Empty: by name; "new": who came last first; "active": who spoke last first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of people, how many there are in all, and where the next page begins."""

    people: tuple[Face, ...]
    total: int
    next_offset: int | None


async def directory(
    work: Reading, viewer_id: int | None, wanted: Wanted, *, offset: int = 0, limit: int = PAGE
) -> Found:
    """People and companies of this association and of others, by name or as ``wanted`` says.

    Of others, those an association vouches for; with words to look for, everybody known here who wants to be found.
    Visitors see of our own members those who want to be found, too.
    """
    ids: Sequence[int]
    if not wanted.text.strip():
        viewer = viewer_of(viewer_id)
        number = await _number(viewer, wanted).first(work, viewer=viewer_id, now=work.now)
        total = number.id if number is not None else 0
        rows = await _part(viewer, wanted).ask(work, viewer=viewer_id, now=work.now, offset=offset, limit=limit)
        ids = [row.id for row in rows]
    else:
        chosen = _chosen(work, viewer_id, wanted)
        if chosen is None:
            return Found((), 0, None)
        total = await work.session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
        ordered = chosen.order_by(*_order(wanted.order)).offset(offset).limit(limit)
        ids = (await work.session.scalars(ordered)).all()
    return Found(
        people=await _in_order(work, ids),
        total=total,
        next_offset=offset + limit if offset + limit < total else None,
    )


class _Key(NamedTuple):
    id: int


@lru_cache(maxsize=_QUESTIONS)
def _number(viewer: Viewer, wanted: Wanted) -> Question[_Key]:
    return Question(_Key, sa.select(sa.func.count()).select_from(_without_words(viewer, NOW, wanted).subquery()))


@lru_cache(maxsize=_QUESTIONS)
def _part(viewer: Viewer, wanted: Wanted) -> Question[_Key]:
    ordered = _without_words(viewer, NOW, wanted).order_by(*_order(wanted.order))
    return Question(_Key, ordered.offset(given("offset")).limit(given("limit")))


def _order(name: str) -> Sequence[Any]:
    if name == "new":
        return (Actor.created_at.desc(), Actor.id.desc())
    if name == "active":
        said = Post.author_id == Actor.id, Post.visibility == "public", Post.deleted_at.is_(None)
        last = sa.select(sa.func.max(Post.id)).where(*said).correlate(Actor).scalar_subquery()
        return (sa.func.coalesce(last, 0).desc(), Actor.id)
    return (sa.func.lower(Actor.name), Actor.id)


async def associations(work: Reading) -> list[tuple[int, str, int]]:
    """The associations whose people can be found here: key, name, and for how many they vouch. Our own first."""
    known: dict[None, list[tuple[int, str, int]]] = work.shelf("associations", "vouches", "actors")
    if None not in known:
        known[None] = await _associations(work)
    return known[None]


async def _associations(work: Reading) -> list[tuple[int, str, int]]:
    issuer = aliased(Actor)
    rows = await work.session.execute(
        sa.select(issuer.id, issuer.name, sa.func.count())
        .join(Vouch, Vouch.issuer_id == issuer.id)
        .where(is_vouched(work), issuer.gone_at.is_(None), issuer.suspended_at.is_(None))
        .group_by(issuer.id, issuer.name, issuer.is_local)
        .order_by(issuer.is_local.desc(), issuer.name)
        .limit(50)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def industries_here(work: Reading) -> list[str]:
    """The industries of those who can be found here: what the filter offers."""
    # The condition stands as the partial index has it.
    known: dict[None, list[str]] = work.shelf("industries of people", "actors")
    if None not in known:
        rows = await work.session.scalars(
            sa.select(Actor.industry)
            .where(sa.text("actors.industry <> ''"), Actor.gone_at.is_(None), Actor.suspended_at.is_(None))
            .distinct()
            .order_by(Actor.industry)
            .limit(300)
        )
        known[None] = list(rows)
    return list(known[None])


async def newcomers(work: Reading, limit: int = 6) -> list[Face]:
    """Who joined this association lately."""
    ids = (
        await work.session.scalars(
            _members().where(Actor.is_discoverable).order_by(Member.joined_at.desc(), Actor.id.desc()).limit(limit)
        )
    ).all()
    return list(await _in_order(work, ids))


def _members() -> sa.Select[int]:
    return (
        sa.select(Actor.id)
        .join(Member, Member.actor_id == Actor.id)
        .join(Account, Account.actor_id == Actor.id)
        .where(Actor.is_local, Member.ended_at.is_(None), Account.suspended_at.is_(None), Actor.gone_at.is_(None))
    )


def _chosen(work: Reading, viewer_id: int | None, wanted: Wanted) -> sa.Select[int] | None:
    """None when the words looked for hold no word."""
    chosen = _without_words(viewer_id, work.now, wanted)
    if wanted.text.strip():
        matching = search.matching(work, "actor", wanted.text)
        if matching is None:
            return None
        found = Actor.id.in_(matching)
        code = industries.alone(wanted.text)
        chosen = chosen.where(sa.or_(found, within(Actor.industry, code)) if code else found)
    return chosen


def _without_words(
    viewer_id: Reader | None, now: datetime | sa.BindParameter[datetime], wanted: Wanted
) -> sa.Select[int]:
    """Whom the wish fits but for the words it looks for."""
    vouched = sa.select(Vouch.subject_id).where(is_vouched_at(now))
    if wanted.association_id is not None:
        vouched = vouched.where(Vouch.issuer_id == wanted.association_id)
    chosen = sa.select(Actor.id).where(
        sa.or_(_is_ours(), _is_elsewhere())
        if wanted.text.strip() or wanted.industry
        else Actor.id.in_(_vouched_or_ours(vouched)),
        Actor.kind.in_(("person", "organization")),
        Actor.gone_at.is_(None),
        Actor.moved_to.is_(None),
        people_listed(viewer_id),
    )
    if viewer_id is None:
        chosen = chosen.where(Actor.is_discoverable)
    if wanted.only_here:
        chosen = chosen.where(Actor.is_local)
    if wanted.association_id is not None:
        office = sa.select(Actor.host).where(Actor.id == wanted.association_id).scalar_subquery()
        companies = sa.and_(Actor.kind == "organization", Actor.members_uri.is_(None), Actor.host == office)
        chosen = chosen.where(sa.or_(Actor.id.in_(vouched), companies))
    if wanted.kind == "person":
        chosen = chosen.where(Actor.kind == "person")
    elif wanted.kind == "company":
        chosen = chosen.where(Actor.kind == "organization", Actor.members_uri.is_(None))
    if wanted.industry:
        chosen = chosen.where(within(Actor.industry, wanted.industry))
    return chosen


def _is_ours() -> sa.ColumnElement[bool]:
    companies = sa.select(Company.actor_id)
    return sa.or_(Actor.id.in_(_members()), sa.and_(Actor.is_local, Actor.id.in_(companies)))


def _is_elsewhere() -> sa.ColumnElement[bool]:
    return sa.and_(Actor.is_local.is_(False), Actor.is_discoverable)


def _vouched_or_ours(vouched: sa.Select[int]) -> sa.CompoundSelect[int]:
    """Our members and companies; of those elsewhere who want to be found, whom an association vouches for, and its
    companies.

    One select for each, and each has an index: asked for with OR, PostgreSQL would look at every actor there is.
    """
    elsewhere = sa.select(Actor.id).where(_is_elsewhere())
    offices = sa.select(Peer.host).where(Peer.office_uri.is_not(None))
    theirs = Actor.kind == "organization", Actor.members_uri.is_(None), Actor.host.in_(offices)
    ours = sa.select(Actor.id).where(Actor.is_local, Actor.id.in_(sa.select(Company.actor_id)))
    return sa.union(_members(), ours, elsewhere.where(Actor.id.in_(vouched)), elsewhere.where(*theirs))


async def _in_order(work: Reading, ids: Sequence[int]) -> tuple[Face, ...]:
    found = await faces(work, ids)
    return tuple(found[id] for id in ids if id in found)
