"""How people and companies are shown beside what they say: name, picture, trade, and who vouches for them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.actors.rows import ActorRow, rows
from node.asking import NOW, Question, among
from node.associations.model import Vouch
from node.companies.model import Company, CompanyPerson
from node.emojis import service as emojis
from node.emojis.service import Shown, Worded
from node.markdown import plain
from node.members.model import ProfileField
from node.work import Reading

_TABLES = ("actors", "vouches", "profile_fields", "companies", "company_people", "emojis")
"""Of which faces are made."""
# Made once, for an alias of all columns takes a millisecond, and faces are asked for on every page.
_ISSUER, _FIRM, _PERSON = aliased(Actor), aliased(Actor), aliased(Actor)


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody in one line. ``path`` is their page on this node, ``url`` their page at home."""

    id: int
    name: str
    handle: str
    """``@alice@alpha.test``."""
    path: str
    url: str
    picture: str | None
    kind: str
    is_local: bool
    host: str
    trade: str = ""
    place: str = ""
    company: str = ""
    """Where they work; for a company, who works there."""
    association: str = ""
    """Who vouches for them; empty for a stranger."""
    is_gone: bool = False
    emojis: Shown = field(default_factory=dict)
    """Small pictures in the name: paths by the word between the colons."""

    @property
    def is_company(self) -> bool:
        return self.kind != "person"


def path_of(actor: ActorRow | Actor) -> str:
    """The page of an actor on this node."""
    return f"/@{actor.username}" if actor.is_local else f"/@{actor.username}@{actor.handle_host}"


def picture_of(actor: ActorRow | Actor) -> str | None:
    """The path of our copy of their picture; of one from elsewhere it is made when first looked at."""
    if actor.icon_digest:
        return f"/media/{actor.icon_digest}.webp"
    return f"/media/faces/{actor.id}" if actor.icon_url and not actor.is_local else None


async def faces(work: Reading, ids: Iterable[int]) -> dict[int, Face]:
    """The faces of these actors by key."""
    known: dict[int, Face] = work.shelf("faces", *_TABLES)
    asked = set(ids)
    wanted = asked - known.keys()
    if wanted:
        known.update(await _faces(work, wanted))
    return {id: known[id] for id in asked if id in known}


async def _faces(work: Reading, wanted: set[int]) -> dict[int, Face]:
    actors = (await rows(work, wanted)).values()
    vouched = await _associations(work, wanted)
    lines = await _lines(work, wanted)
    jobs = await _jobs(work, wanted)
    named = {
        actor.id: Worded(actor.host, (actor.name,)) for actor in actors if ":" in actor.name and not actor.is_local
    }
    pictures = await emojis.shown(work, named)
    return {
        actor.id: Face(
            id=actor.id,
            name=actor.name or actor.username,
            handle=actor.handle,
            path=path_of(actor),
            url=actor.url,
            picture=picture_of(actor),
            kind=actor.kind,
            is_local=actor.is_local,
            host=actor.handle_host,
            trade=_line(actor, lines, "trade") or jobs.get(actor.id, _NO_JOB).title,
            place=_line(actor, lines, "place"),
            company=jobs.get(actor.id, _NO_JOB).other,
            association=vouched.get(actor.id, ""),
            is_gone=actor.gone_at is not None or actor.suspended_at is not None,
            emojis=pictures.get(actor.id, {}),
        )
        for actor in actors
    }


async def face(work: Reading, id: int) -> Face | None:
    """One face."""
    return (await faces(work, [id])).get(id)


def is_vouched(work: Reading) -> sa.ColumnElement[bool]:
    """A statement that holds now: not revoked, not run out, and agreed by both sides."""
    return is_vouched_at(work.now)


def is_vouched_at(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """The same for a question that is made once."""
    return sa.and_(
        Vouch.revoked_at.is_(None),
        Vouch.confirmed_at.is_not(None),
        sa.or_(Vouch.until.is_(None), Vouch.until > now),
    )


class _Vouched(NamedTuple):
    subject_id: int
    name: str
    username: str


class _Line(NamedTuple):
    actor_id: int
    name: str
    value: str


class _Business(NamedTuple):
    actor_id: int
    trade: str
    place: str


class _Tie(NamedTuple):
    company_id: int
    person_id: int
    company: str
    person: str
    title: str


@cache
def _vouched() -> Question[_Vouched]:
    return Question(
        _Vouched,
        sa.select(Vouch.subject_id, _ISSUER.name, _ISSUER.username)
        .join(_ISSUER, _ISSUER.id == Vouch.issuer_id)
        .where(
            among(Vouch.subject_id, "ids"), is_vouched_at(NOW), _ISSUER.gone_at.is_(None),
            _ISSUER.suspended_at.is_(None),
        )
        .order_by(Vouch.since.desc()),
    )  # fmt: skip


_LINES = Question(
    _Line,
    sa.select(ProfileField.actor_id, ProfileField.name, ProfileField.value).where(
        among(ProfileField.actor_id, "ids"),
        ProfileField.name.in_(("trade", "place")),
        ProfileField.visibility == "public",
    ),
)
_BUSINESSES = Question(
    _Business, sa.select(Company.actor_id, Company.trade, Company.place).where(among(Company.actor_id, "ids"))
)
_TIES = Question(
    _Tie,
    sa.select(CompanyPerson.company_id, CompanyPerson.person_id, _FIRM.name, _PERSON.name, CompanyPerson.title)
    .join(_FIRM, _FIRM.id == CompanyPerson.company_id)
    .join(_PERSON, _PERSON.id == CompanyPerson.person_id)
    .where(sa.or_(among(CompanyPerson.company_id, "ids"), among(CompanyPerson.person_id, "ids")))
    .where(_FIRM.gone_at.is_(None), _PERSON.gone_at.is_(None))
    .order_by(CompanyPerson.id.desc()),
)


async def _associations(work: Reading, ids: set[int]) -> dict[int, str]:
    found = await _vouched().ask(work, ids=ids, now=work.now)
    return {subject: name or username for subject, name, username in found}


async def _lines(work: Reading, ids: set[int]) -> dict[tuple[int, str], str]:
    """What everybody may know of trade and place of our people and companies."""
    found = {(row.actor_id, row.name): row.value for row in await _LINES.ask(work, ids=ids)}
    for company in await _BUSINESSES.ask(work, ids=ids):
        found[company.actor_id, "trade"] = company.trade
        found[company.actor_id, "place"] = company.place
    return found


@dataclass(frozen=True, slots=True)
class _Job:
    """What ties a person and a company: the other one's name, and the person's part in it."""

    other: str = ""
    title: str = ""


_NO_JOB = _Job()


async def _jobs(work: Reading, ids: set[int]) -> dict[int, _Job]:
    found: dict[int, _Job] = {}
    for company_id, person_id, firm_name, person_name, title in await _TIES.ask(work, ids=ids):
        found[company_id] = _Job(person_name)
        found[person_id] = _Job(firm_name, title)
    return found


def _line(actor: ActorRow, lines: dict[tuple[int, str], str], name: str) -> str:
    """From our own tables, or from the lines a copy brought along (nodes like ours name them Trade and Place)."""
    if actor.is_local:
        return lines.get((actor.id, name), "")
    for line in actor.fields:
        if line.get("name", "").casefold() == name:
            return plain(line.get("value", ""), 100).replace("\n", " ")
    return ""
