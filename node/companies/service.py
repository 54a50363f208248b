"""Companies: an Organization actor with a page and people who may edit it."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from node.actors import documents
from node.actors import service as actors
from node.actors.documents import Shown
from node.actors.keys import KeyPair
from node.actors.model import Actor
from node.companies.model import Company, CompanyPerson
from node.errors import Forbidden, Invalid, NotFound
from node.ids import new_id
from node.industries import catalogue as industries
from node.markdown import plain, render
from node.outbox.service import Audience, publish
from node.search import index
from node.text import fold
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.activities import Activity
from schemas.values import PUBLIC, Document, host_of

SIZES = {
    "sole": N_("Just me"),
    "micro": N_("Up to 9 people"),
    "small": N_("10 to 49 people"),
    "medium": N_("50 to 249 people"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a company's page says. All of it is public."""

    name: str
    about: str = ""
    """As typed."""
    trade: str = ""
    trade_code: str = ""
    """Its industry (node.industries), a code or what it is called."""
    size: str = ""
    website: str = ""
    phone: str = ""
    place: str = ""
    street: str = ""
    postal_code: str = ""
    country: str = ""


async def create(work: Writing, facts: Facts, keys: KeyPair, *, import_id: int | None = None) -> Actor:
    """A company with a page of its own. Raises Invalid."""
    facts = checked(facts)
    username = await actors.free_username(work, facts.name, "company")
    actor = await actors.create_local(work, "organization", username, facts.name, keys)
    work.session.add(Company(actor_id=actor.id, name_folded=fold(facts.name)[:300], import_id=import_id))
    await work.session.flush()
    await _write(work, actor, facts)
    return actor


async def revise(work: Writing, actor_id: int, facts: Facts) -> Actor:
    """Change the page and tell those who follow it. Raises Invalid, NotFound."""
    facts = checked(facts)
    actor = await work.session.get(Actor, actor_id)
    if actor is None or actor.gone_at is not None:
        raise NotFound
    await _write(work, actor, facts)
    await announce(work, actor)
    return actor


async def show_picture(work: Writing, actor_id: int, purpose: str, digest: str | None) -> None:
    """Use a stored picture as ``avatar`` or ``header``; None takes it away."""
    actor = await work.session.get(Actor, actor_id)
    if actor is None:
        raise NotFound
    url = work.uris.media(digest, "webp") if digest else None
    if purpose == "header":
        actor.image_url = url
    else:
        actor.icon_url, actor.icon_digest = url, digest
    await announce(work, actor)


async def add_person(work: Writing, company_id: int, person_id: int, *, title: str = "", may_edit: bool = True) -> None:
    """Someone works there; a second time it changes their title."""
    row = await work.session.scalar(
        sa.select(CompanyPerson).where(CompanyPerson.company_id == company_id, CompanyPerson.person_id == person_id)
    )
    if row is None:
        row = CompanyPerson(id=new_id(work.now), company_id=company_id, person_id=person_id, may_edit=may_edit)
        work.session.add(row)
    row.title = title or row.title or ""
    await work.session.flush()


async def facts(work: Reading, company_id: int) -> Facts:
    """What the page says now, as it was typed. Raises NotFound."""
    row, actor = await work.session.get(Company, company_id), await work.session.get(Actor, company_id)
    if row is None or actor is None or actor.gone_at is not None:
        raise NotFound
    return Facts(
        **{field.name: actor.name if field.name == "name" else getattr(row, field.name) for field in fields(Facts)}
    )


async def require_editor(work: Reading, company_id: int, person_id: int) -> None:
    """Raises Forbidden unless this person may edit the company's page."""
    found = await work.session.scalar(
        sa.select(CompanyPerson.may_edit).where(
            CompanyPerson.company_id == company_id, CompanyPerson.person_id == person_id
        )
    )
    if not found:
        raise Forbidden


async def company_document(work: Reading, actor: Actor) -> Document:
    """The company as others read it."""
    row = await work.session.get(Company, actor.id)
    if row is None:
        raise NotFound
    lines = [documents.link("Website", row.website)] if row.website else []
    shown = (("Trade", row.trade), ("Place", row.place), ("Phone", row.phone))
    lines += [documents.line(name, text) for name, text in shown if text]
    return await documents.document(work, actor, Shown(fields=tuple(lines)))


async def announce(work: Writing, actor: Actor) -> None:
    """Update the company at those who follow it."""
    actor.updated_at = work.now
    update = Activity(
        id=None,
        type="Update",
        actor=actor.uri,
        objects=(await company_document(work, actor),),
        to=(PUBLIC,),
        cc=(actor.followers_uri or "",),
        published=work.now,
    )
    await publish(work, actor, update.write(), Audience(followers=True))


def checked(facts: Facts) -> Facts:
    """The facts, trimmed; a website without a scheme gets one. Raises Invalid."""
    values = {field.name: str(getattr(facts, field.name)).strip() for field in fields(facts)}
    wrong: dict[str, Message | str] = {}
    if not values["name"]:
        wrong["name"] = N_("What is the company called?")
    if values["website"]:
        address = values["website"] if "://" in values["website"] else "https://" + values["website"]
        if "." not in (host_of(address) or ""):
            wrong["website"] = N_("Give the address of a website, such as https://example.org.")
        values["website"] = address[:500]
    if values["size"] and values["size"] not in SIZES:
        wrong["size"] = N_("Choose one of these.")
    if values["trade_code"]:
        found = industries.find(values["trade_code"])
        if len(found) == 1:
            values["trade_code"] = found[0]
        else:
            wrong["trade_code"] = industries.unclear(found)
    if wrong:
        raise Invalid(wrong)
    limits = {"name": 200, "trade": 200, "trade_code": 10, "phone": 60, "place": 200, "street": 300, "postal_code": 20}
    values |= {name: values[name][:most] for name, most in limits.items()}
    values["country"] = values["country"].upper()[:2]
    return Facts(**values)


async def _write(work: Writing, actor: Actor, facts: Facts) -> None:
    row = await work.session.get(Company, actor.id)
    if row is None:
        raise NotFound
    actor.name = facts.name
    actor.summary = render(facts.about, {}, work.uris.tag).html
    row.name_folded = fold(facts.name)[:300]
    row.about = facts.about
    for name in ("trade", "trade_code", "size", "website", "phone", "place", "street", "postal_code", "country"):
        setattr(row, name, getattr(facts, name))
    actor.industry = facts.trade_code
    await work.session.flush()
    spoken = industries.spoken(facts.trade_code, facts.trade)
    await index(work, "actor", actor.id, facts.name, facts.trade, facts.place, plain(actor.summary), *spoken)
