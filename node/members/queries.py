"""Members as pages ask for them: every line chosen for the one who looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.actors.rows import rows as actor_rows
from node.asking import Question, copies, given
from node.associations import service as associations
from node.associations import vouches
from node.errors import NotFound
from node.faces import path_of, picture_of
from node.markdown import render
from node.members import fields
from node.members.model import HostCard, Member, MembershipApplication, ProfileField
from node.members.views import (
    ApplicationView,
    CompanyLine,
    HostCardView,
    Line,
    MemberLine,
    Profile,
)
from node.search import matching
from node.tables import Account, Company, CompanyPerson, Connection, Vouch
from node.work import Reading

_ALL = frozenset(fields.VISIBILITIES)


async def circles(work: Reading, owner_id: int, viewer_id: int | None) -> frozenset[str]:
    """In which circles of ``owner`` this reader stands. Someone who has left is no member; nobody is in no circle."""
    if viewer_id is None:
        return fields.EVERYONE
    if viewer_id == owner_id:
        return _ALL
    found = {fields.PUBLIC}
    if await is_member(work, viewer_id):
        found.add(fields.MEMBERS)
    first, second = sorted((owner_id, viewer_id))
    if await work.session.scalar(
        sa.select(Connection.id).where(Connection.pair == f"{first}:{second}", Connection.state == "accepted").limit(1)
    ):
        found.add(fields.CONNECTIONS)
    return frozenset(found)


async def is_member(work: Reading, actor_id: int) -> bool:
    """A member of this association today."""
    found = await work.session.scalar(
        sa.select(Member.actor_id).where(Member.actor_id == actor_id, Member.ended_at.is_(None))
    )
    return found is not None


class _Tie(NamedTuple):
    company_id: int
    trade: str
    title: str
    may_edit: bool


_TABLES = ("actors", "profile_fields", "members", "host_cards", "companies", "company_people", "vouches")
"""Of which profiles are made."""
_OF_ACTOR = given("actor")
_ACTORS = copies(Actor, Actor.id == _OF_ACTOR)
_LINES = copies(ProfileField, ProfileField.actor_id == _OF_ACTOR)
_MEMBERS = copies(Member, Member.actor_id == _OF_ACTOR)
_HOST_CARDS = copies(HostCard, HostCard.actor_id == _OF_ACTOR)
_TIES = Question(
    _Tie,
    sa.select(CompanyPerson.company_id, Company.trade, CompanyPerson.title, CompanyPerson.may_edit)
    .join(Company, Company.actor_id == CompanyPerson.company_id)
    .where(CompanyPerson.person_id == given("person"))
    .order_by(CompanyPerson.id),
)


async def profile(work: Reading, actor_id: int, viewer_id: int | None = None) -> Profile:
    """A person's page as this reader may see it. Raises NotFound."""
    if viewer_id is not None:
        return await _profile(work, actor_id, viewer_id)
    known: dict[int, Profile] = work.shelf("profiles", *_TABLES)
    if actor_id not in known:
        known[actor_id] = await _profile(work, actor_id, None)
    return known[actor_id]


async def _profile(work: Reading, actor_id: int, viewer_id: int | None) -> Profile:
    actor: Actor | None = await _ACTORS.first(work, actor=actor_id)
    if actor is None or actor.suspended_at is not None:
        raise NotFound
    seen_by = await circles(work, actor_id, viewer_id)
    rows: Sequence[ProfileField] = await _LINES.ask(work, actor=actor_id)
    shown = [_line(row) for row in fields.visible(rows, seen_by) if row.name in fields.BY_NAME]
    about = next((line.value for line in shown if line.name == "about"), "")
    lines = [line for line in shown if line.name != "about"]
    member: Member | None = await _MEMBERS.first(work, actor=actor_id)
    business = tuple(fields.on_face(lines, fields.BUSINESS))
    if not actor.is_local:
        business = tuple(
            Line(line["name"], fields.BUSINESS, line["name"], "html", "", html=line["value"]) for line in actor.fields
        )
    return Profile(
        actor_id=actor.id,
        uri=actor.uri,
        url=actor.url,
        path=_path(actor),
        username=actor.username,
        name=actor.name or actor.username,
        handle=actor.handle,
        kind=actor.kind,
        is_local=actor.is_local,
        is_gone=actor.gone_at is not None,
        moved_to=actor.moved_to,
        picture=picture_of(actor),
        header=_own_path(work, actor.image_url),
        about_html=render(about, {}, work.uris.tag).html if actor.is_local and about else actor.summary,
        person=tuple(fields.on_face(lines, fields.PERSON)),
        business=business,
        host_card=await host_card(work, actor_id),
        companies=tuple(await companies_of(work, actor_id)),
        vouchers=tuple((await vouches.vouchers(work, [actor_id]))[actor_id]),
        circles=seen_by,
        joined_at=member.joined_at if member is not None else None,
        hidden_until_met=any(row.visibility == fields.CONNECTIONS and row.value for row in rows)
        and fields.CONNECTIONS not in seen_by,
    )


async def lines_of(work: Reading, actor_id: int) -> dict[str, Line]:
    """All of one's own lines by name, for the page where they are changed."""
    rows = await work.session.scalars(sa.select(ProfileField).where(ProfileField.actor_id == actor_id))
    return {row.name: _line(row) for row in rows if row.name in fields.BY_NAME}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a member chose about being found and followed."""

    is_discoverable: bool
    approves_followers: bool


async def choices(work: Reading, actor_id: int) -> Choices:
    """Raises NotFound."""
    actor = await work.session.get(Actor, actor_id)
    if actor is None:
        raise NotFound
    return Choices(actor.is_discoverable, actor.approves_followers)


async def host_card(work: Reading, actor_id: int) -> HostCardView | None:
    """The host card of anybody, ours or from elsewhere; None where there is none."""
    row: HostCard | None = await _HOST_CARDS.first(work, actor=actor_id)
    if row is None:
        return None
    return HostCardView(
        opens_with=row.opens_with,
        languages=tuple(row.languages),
        hours=tuple((span[0], span[1]) for span in row.hours if len(span) == 2),
        days=tuple(row.days),
        time_zone=row.time_zone,
        ask_me_about=tuple(row.ask_me_about),
        please_dont=tuple(row.please_dont),
        channels=tuple(row.channels),
        pace=row.pace,
        updated_at=row.updated_at,
    )


async def companies_of(work: Reading, person_id: int) -> Sequence[CompanyLine]:
    """Where somebody works."""
    ties = {row.company_id: row for row in await _TIES.ask(work, person=person_id)}
    firms = await actor_rows(work, ties)
    return [
        CompanyLine(
            id, firm.username, firm.name, firm.url, path_of(firm), picture_of(firm), tie.trade, tie.title, tie.may_edit
        )
        for id, tie in ties.items()
        if (firm := firms[id]).gone_at is None
    ]


# for officers


async def members(
    work: Reading, *, query: str = "", state: str = "", before: int | None = None, limit: int = 50
) -> Sequence[MemberLine]:
    """The officers' list, newest first. ``state``: empty (current), ``unclaimed``, ``officers``, ``ended``, ``all``."""
    office = await associations.office(work)
    chosen = (
        sa.select(Actor, Account, Member, Vouch.id)
        .join(Member, Member.actor_id == Actor.id)
        .join(Account, Account.actor_id == Actor.id)
        .join(
            Vouch,
            sa.and_(Vouch.subject_id == Actor.id, Vouch.issuer_id == office.id, Vouch.revoked_at.is_(None)),
            isouter=True,
        )
        .where(Actor.gone_at.is_(None))
        .order_by(Actor.id.desc())
        .limit(limit)
    )
    if before is not None:
        chosen = chosen.where(Actor.id < before)
    if state == "unclaimed":
        chosen = chosen.where(Account.claimed_at.is_(None), Member.ended_at.is_(None))
    elif state == "officers":
        chosen = chosen.where(Account.role != "member", Member.ended_at.is_(None))
    elif state == "ended":
        chosen = chosen.where(Member.ended_at.is_not(None))
    elif state != "all":
        chosen = chosen.where(Member.ended_at.is_(None))
    query = query.strip()
    if query:
        wanted = sa.or_(
            Account.email_folded == query.casefold(),
            Member.number == query,
            Actor.username_folded == query.lower().removeprefix("@"),
            # Who does not want to be found is not in the index; the office finds them by name all the same.
            sa.func.lower(Actor.name).contains(query.lower(), autoescape=True),
        )
        found = matching(work, "actor", query)
        if found is not None:
            company = sa.select(CompanyPerson.person_id).where(CompanyPerson.company_id.in_(found)).scalar_subquery()
            wanted = sa.or_(wanted, Actor.id.in_(found), Actor.id.in_(company))
        chosen = chosen.where(wanted)
    rows = (await work.session.execute(chosen)).all()
    ids = [actor.id for actor, *_ in rows]
    trades, companies = await _trades(work, ids), await _company_names(work, ids)
    return [
        MemberLine(
            actor_id=actor.id,
            account_id=account.id,
            username=actor.username,
            name=actor.name,
            path=_path(actor),
            picture=picture_of(actor),
            trade=trades.get(actor.id, ""),
            company=companies.get(actor.id, ""),
            email=account.email,
            number=member.number,
            role=account.role,
            joined_at=member.joined_at,
            ended_at=member.ended_at,
            claimed_at=account.claimed_at,
            suspended_at=account.suspended_at,
            is_vouched=vouch_id is not None,
        )
        for actor, account, member, vouch_id in rows
    ]


async def member(work: Reading, username: str) -> MemberLine:
    """One member for the officers. Raises NotFound."""
    found = await members(work, query=f"@{username}", state="all", limit=50)
    for line in found:
        if line.username == username:
            return line
    raise NotFound


async def count(work: Reading, *, unclaimed: bool = False) -> int:
    """How many members there are today; or those who have not come in by themselves yet."""
    chosen = (
        sa.select(sa.func.count())
        .select_from(Member)
        .join(Account, Account.actor_id == Member.actor_id)
        .where(Member.ended_at.is_(None))
    )
    if unclaimed:
        chosen = chosen.where(Account.claimed_at.is_(None))
    return int(await work.session.scalar(chosen) or 0)


async def applications(work: Reading, state: str = "waiting", limit: int = 100) -> Sequence[ApplicationView]:
    """Applications in a state, the oldest first while they wait, else the newest first."""
    order = MembershipApplication.id if state == "waiting" else MembershipApplication.id.desc()
    rows = await work.session.scalars(
        sa.select(MembershipApplication).where(MembershipApplication.state == state).order_by(order).limit(limit)
    )
    return [_application(row) for row in rows]


async def application(work: Reading, id: int) -> ApplicationView:
    """Raises NotFound."""
    row = await work.session.get(MembershipApplication, id)
    if row is None:
        raise NotFound
    return _application(row)


async def waiting_applications(work: Reading) -> int:
    """How many wait for an answer."""
    found = await work.session.scalar(
        sa.select(sa.func.count()).select_from(MembershipApplication).where(MembershipApplication.state == "waiting")
    )
    return int(found or 0)


def _application(row: MembershipApplication) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        name=row.name,
        email=row.email,
        company=row.company,
        trade=row.trade,
        message=row.message,
        language=row.language,
        state=row.state,
        reason=row.reason,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )


def _line(row: ProfileField) -> Line:
    kind = fields.BY_NAME.get(row.name)
    label = kind.label if kind else row.name
    form = kind.form if kind else "line"
    return Line(row.name, row.face, label, form, row.value, row.visibility)


def _path(actor: Actor) -> str:
    return f"/@{actor.username}" if actor.is_local else f"/@{actor.username}@{actor.handle_host}"


def _own_path(work: Reading, url: str | None) -> str | None:
    """The path of a picture of ours; nothing for one that lies elsewhere."""
    return url.removeprefix(work.uris.base) if url and work.uris.is_ours(url) else None


async def _trades(work: Reading, ids: Sequence[int]) -> dict[int, str]:
    rows = await work.session.execute(
        sa.select(ProfileField.actor_id, ProfileField.value).where(
            ProfileField.actor_id.in_(ids),
            ProfileField.name == "trade",
            ProfileField.visibility.in_((fields.PUBLIC, fields.MEMBERS)),
        )
    )
    return {row[0]: row[1] for row in rows}


async def _company_names(work: Reading, ids: Sequence[int]) -> dict[int, str]:
    firm = aliased(Actor)
    rows = await work.session.execute(
        sa.select(CompanyPerson.person_id, firm.name)
        .join(firm, firm.id == CompanyPerson.company_id)
        .where(CompanyPerson.person_id.in_(ids))
        .order_by(CompanyPerson.id.desc())
    )
    return {row[0]: row[1] for row in rows}
