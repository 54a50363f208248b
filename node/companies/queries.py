"""Companies and associations as pages ask for them."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.actors.model import Actor
from node.associations.model import Association
from node.companies.model import Company, CompanyPerson
from node.errors import NotFound
from node.faces import Face, faces, path_of, picture_of
from node.markdown import plain, render
from node.work import Reading


@dataclass(frozen=True, slots=True)
class Page:
    """An organization's page. ``lines`` are further facts of one from elsewhere: name and clean HTML."""

    id: int
    name: str
    handle: str
    path: str
    url: str
    picture: str | None
    is_local: bool
    is_association: bool
    is_ours: bool
    """Our own association."""
    about: str
    trade: str
    industry: str
    """A code of node.industries; empty where none is given."""
    size: str
    website: str
    phone: str
    place: str
    address: str
    lines: tuple[tuple[str, str], ...]
    people: tuple[tuple[Face, str], ...]
    """Who works there, with their part in it."""
    may_edit: bool


async def page(work: Reading, actor_id: int, viewer_id: int | None) -> Page:
    """The page of a company or association. Raises NotFound."""
    actor = await work.session.get(Actor, actor_id)
    if actor is None or actor.suspended_at is not None:
        raise NotFound
    company = await work.session.get(Company, actor_id)
    ours = await work.session.get(Association, actor_id)
    rows = (
        await work.session.execute(
            sa.select(CompanyPerson.person_id, CompanyPerson.title, CompanyPerson.may_edit)
            .join(Actor, Actor.id == CompanyPerson.person_id)
            .where(CompanyPerson.company_id == actor_id, Actor.gone_at.is_(None))
            .order_by(CompanyPerson.id)
        )
    ).all()
    people = await faces(work, [row.person_id for row in rows])
    lines = {line["name"]: line["value"] for line in actor.fields}
    street = (company.street, f"{company.postal_code} {company.place}".strip(), company.country) if company else ()
    return Page(
        id=actor.id,
        name=actor.name or actor.username,
        handle=actor.handle,
        path=path_of(actor),
        url=actor.url,
        picture=picture_of(actor),
        is_local=actor.is_local,
        is_association=actor.members_uri is not None,
        is_ours=ours is not None,
        about=render(ours.about, {}, work.uris.tag).html if ours else actor.summary,
        trade=company.trade if company else plain(lines.get("Trade", "")),
        industry=actor.industry,
        size=company.size if company else "",
        website=company.website if company else "",
        phone=company.phone if company else "",
        place=company.place if company else ours.place if ours else plain(lines.get("Place", "")),
        address=", ".join(part for part in street if part) if company and company.street else "",
        lines=tuple((name, value) for name, value in lines.items() if name not in ("Trade", "Place")),
        people=tuple((people[row.person_id], row.title) for row in rows),
        may_edit=any(row.person_id == viewer_id and row.may_edit for row in rows),
    )
