"""How people and companies are shown beside what they say: name, picture, trade, and who vouches for them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.associations.model import Vouch
from node.companies.model import Company, CompanyPerson
from node.emojis import service as emojis
from node.emojis.service import Shown, Worded
from node.markdown import plain
from node.members.model import ProfileField
from node.work import Reading

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


def path_of(actor: Actor) -> str:
    """The page of an actor on this node."""
    return f"/@{actor.username}" if actor.is_local else f"/@{actor.username}@{actor.handle_host}"


def picture_of(actor: Actor) -> str | None:
    """The path of our copy of their picture; of one from elsewhere it is made when first looked at."""
    if actor.icon_digest:
        return f"/media/{actor.icon_digest}.webp"
    return f"/media/faces/{actor.id}" if actor.icon_url and not actor.is_local else None


async def faces(work: Reading, ids: Iterable[int]) -> dict[int, Face]:
    """The faces of these actors by key."""
    wanted = set(ids)
    if not wanted:
        return {}
    actors = (await work.session.scalars(sa.select(Actor).where(Actor.id.in_(wanted)))).all()
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
    return sa.and_(
        Vouch.revoked_at.is_(None),
        Vouch.confirmed_at.is_not(None),
        sa.or_(Vouch.until.is_(None), Vouch.until > work.now),
    )


async def _associations(work: Reading, ids: set[int]) -> dict[int, str]:
    issuer = _ISSUER
    rows = await work.session.execute(
        sa.select(Vouch.subject_id, issuer.name, issuer.username)
        .join(issuer, issuer.id == Vouch.issuer_id)
        .where(Vouch.subject_id.in_(ids), is_vouched(work), issuer.gone_at.is_(None), issuer.suspended_at.is_(None))
        .order_by(Vouch.since.desc())
    )
    return {subject: name or username for subject, name, username in rows}


async def _lines(work: Reading, ids: set[int]) -> dict[tuple[int, str], str]:
    """What everybody may know of trade and place of our people and companies."""
    people = await work.session.execute(
        sa.select(ProfileField.actor_id, ProfileField.name, ProfileField.value).where(
            ProfileField.actor_id.in_(ids),
            ProfileField.name.in_(("trade", "place")),
            ProfileField.visibility == "public",
        )
    )
    found = {(row.actor_id, row.name): row.value for row in people}
    companies = await work.session.execute(
        sa.select(Company.actor_id, Company.trade, Company.place).where(Company.actor_id.in_(ids))
    )
    for company in companies:
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
    firm, person = _FIRM, _PERSON
    rows = await work.session.execute(
        sa.select(CompanyPerson.company_id, CompanyPerson.person_id, firm.name, person.name, CompanyPerson.title)
        .join(firm, firm.id == CompanyPerson.company_id)
        .join(person, person.id == CompanyPerson.person_id)
        .where(sa.or_(CompanyPerson.company_id.in_(ids), CompanyPerson.person_id.in_(ids)))
        .where(firm.gone_at.is_(None), person.gone_at.is_(None))
        .order_by(CompanyPerson.id.desc())
    )
    found: dict[int, _Job] = {}
    for company_id, person_id, firm_name, person_name, title in rows:
        found[company_id] = _Job(person_name)
        found[person_id] = _Job(firm_name, title)
    return found


def _line(actor: Actor, lines: dict[tuple[int, str], str], name: str) -> str:
    """From our own tables, or from the lines a copy brought along (nodes like ours name them Trade and Place)."""
    if actor.is_local:
        return lines.get((actor.id, name), "")
    for line in actor.fields:
        if line.get("name", "").casefold() == name:
            return plain(line.get("value", ""), 100).replace("\n", " ")
    return ""
