"""Who members and companies are before the law, and how they are paid: what stands at the head of their papers."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.companies.model import Company, CompanyPerson
from node.deals.model import Deal
from node.errors import Forbidden, Invalid, NotFound
from node.papers import facts
from node.papers.facts import Party, Payment
from node.papers.model import Letterhead, PaperParty
from node.translations import languages
from node.words import N_, Message
from node.work import Reading, Writing


@dataclass(frozen=True, slots=True)
class Details:
    """What a member types about themselves or their company."""

    legal_name: str = ""
    street: str = ""
    street_more: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    tax_number: str = ""
    registration: str = ""
    exemption: str = ""
    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    payment_link: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Firm:
    """A company for which somebody may buy and sell."""

    id: int
    name: str


_LENGTHS = {
    "legal_name": 200, "street": 200, "street_more": 200, "postal_code": 20, "city": 120, "tax_number": 40,
    "registration": 120, "exemption": 300, "account_holder": 70, "payment_link": 500,
}  # fmt: skip
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
_COUNTRY = re.compile(r"[A-Z]{2}")


async def details(work: Reading, actor_id: int) -> Details:
    """What was typed; of a company that has typed nothing yet, what its page says."""
    row = await work.session.get(Letterhead, actor_id)
    if row is not None:
        return Details(**{field.name: getattr(row, field.name) for field in fields(Details)})
    company = await work.session.get(Company, actor_id)
    if company is None:
        return Details()
    actor = await work.session.get_one(Actor, actor_id)
    return Details(
        legal_name=actor.name[:200],
        street=company.street[:200],
        postal_code=company.postal_code,
        city=company.place[:120],
        country=company.country,
    )


async def revise(work: Writing, actor_id: int, typed: Details) -> None:
    """Keep what was typed. Papers that were issued stay as they are. Raises Invalid."""
    values = checked(typed)
    row = await work.session.get(Letterhead, actor_id)
    if row is None:
        row = Letterhead(actor_id=actor_id)
        work.session.add(row)
    for name, value in asdict(values).items():
        setattr(row, name, value)
    row.updated_at = work.now
    await work.session.flush()


async def act_for(work: Writing, person_id: int, company_id: int | None) -> None:
    """From now on this person buys and sells for a company of theirs, or for themselves. Raises Forbidden."""
    if company_id is not None and company_id not in {firm.id for firm in await firms(work, person_id)}:
        raise Forbidden
    row = await work.session.get(Letterhead, person_id)
    if row is None:
        row = Letterhead(actor_id=person_id, **asdict(Details()))
        work.session.add(row)
    row.company_id, row.updated_at = company_id, work.now
    await work.session.flush()


async def firms(work: Reading, person_id: int) -> tuple[Firm, ...]:
    """The companies whose page this person may edit, for which they may also buy and sell."""
    rows = await work.session.execute(
        sa.select(Actor.id, Actor.name)
        .join(CompanyPerson, CompanyPerson.company_id == Actor.id)
        .where(CompanyPerson.person_id == person_id, CompanyPerson.may_edit, Actor.gone_at.is_(None))
        .order_by(Actor.name, Actor.id)
    )
    return tuple(Firm(row.id, row.name) for row in rows)


async def acts_for(work: Reading, person_id: int) -> int | None:
    """The company this person buys and sells for, as long as they belong to it; None for themselves."""
    company_id = await work.session.scalar(sa.select(Letterhead.company_id).where(Letterhead.actor_id == person_id))
    if company_id is None or company_id not in {firm.id for firm in await firms(work, person_id)}:
        return None
    return company_id


async def party(work: Reading, actor: Actor) -> Party:
    """One of ours before the law: their own letterhead, or that of the company they act for."""
    company_id = await acts_for(work, actor.id)
    known = await details(work, company_id or actor.id)
    firm = await work.session.get_one(Actor, company_id) if company_id else None
    own_name = actor.name or actor.username
    name = known.legal_name or (firm.name if firm else own_name)
    return Party(
        name=name[:200],
        contact=own_name[:200] if firm and own_name != name else "",
        street=known.street,
        streetMore=known.street_more,
        postalCode=known.postal_code,
        city=known.city,
        country=known.country,
        vatId=known.vat_id,
        taxNumber=known.tax_number,
        registration=known.registration,
        exemption=known.exemption,
        actor=actor.uri,
    )


async def is_ready(work: Reading, actor_id: int) -> bool:
    """True when this member has said enough about themselves for an invoice with an address."""
    known = await details(work, await acts_for(work, actor_id) or actor_id)
    return bool(known.country and known.city)


async def payment(work: Reading, actor_id: int) -> Payment:
    """Where money for this member of ours is to go."""
    known = await details(work, await acts_for(work, actor_id) or actor_id)
    return Payment(known.account_holder or known.legal_name[:70], known.iban, known.bic, known.payment_link)


# what the two sides of a deal tell each other


async def own_document(work: Reading, actor_id: int) -> dict[str, Any]:
    """``commensal:party``: who one of ours is before the law, for the other side of a deal they say yes to."""
    actor = await work.session.get_one(Actor, actor_id)
    language = await work.session.scalar(sa.select(Account.language).where(Account.actor_id == actor_id))
    said = {key: value for key, value in asdict(await party(work, actor)).items() if value}
    return said | {"language": language or "en"}


async def hear_party(work: Writing, deal: Deal, role: str, document: object) -> None:
    """Keep what a side said of itself, for the papers of this deal; the latest counts. What is nonsense is left out."""
    if not isinstance(document, Mapping):
        return
    actor = await work.session.get_one(Actor, deal.seller_id if role == "seller" else deal.buyer_id)
    said = asdict(facts.party(document, _stranger(actor)))
    language = document.get("language")
    said["language"] = language if language in languages() else ""
    row = await work.session.get(PaperParty, (deal.id, role))
    if row is None:
        work.session.add(PaperParty(deal_id=deal.id, role=role, facts=said, said_at=work.now))
    else:
        row.facts, row.said_at = said, work.now
    await work.session.flush()


async def name_buyer(work: Writing, seller_id: int, deal_id: int, typed: Details) -> None:
    """What the seller knows of a buyer elsewhere who has not said it. Raises NotFound, Invalid."""
    deal = await of_seller(work, seller_id, deal_id)
    buyer = await work.session.get_one(Actor, deal.buyer_id)
    if buyer.is_local:
        raise NotFound
    values = checked(typed)
    known = await work.session.get(PaperParty, (deal.id, "buyer"))
    said = {
        "name": values.legal_name,
        "street": values.street,
        "streetMore": values.street_more,
        "postalCode": values.postal_code,
        "city": values.city,
        "country": values.country,
        "vatId": values.vat_id,
        "language": known.facts.get("language") if known else "",
    }
    await hear_party(work, deal, "buyer", said)


async def of_seller(work: Reading, seller_id: int, deal_id: int) -> Deal:
    """A deal for its seller. Raises NotFound."""
    deal = await work.session.get(Deal, deal_id)
    if deal is None or deal.seller_id != seller_id:
        raise NotFound
    return deal


async def side(work: Reading, deal: Deal, role: str) -> tuple[Party, str]:
    """A side of a deal before the law and the language it reads, empty where we do not know."""
    actor = await work.session.get_one(Actor, deal.seller_id if role == "seller" else deal.buyer_id)
    if actor.is_local:
        language = await work.session.scalar(sa.select(Account.language).where(Account.actor_id == actor.id))
        return await party(work, actor), language or ""
    row = await work.session.get(PaperParty, (deal.id, role))
    if row is None:
        return _stranger(actor), ""
    return facts.party(row.facts, _stranger(actor)), str(row.facts.get("language") or "")


def _stranger(actor: Actor) -> Party:
    return Party(name=(actor.name or actor.username)[:200], actor=actor.uri)


# what may be typed


def checked(typed: Details) -> Details:
    """The details, tidied. Raises Invalid, naming every field that is wrong."""
    from stdnum import iban as ibans
    from stdnum.eu import vat

    values = {field.name: facts.tidy(str(getattr(typed, field.name))) for field in fields(typed)}
    wrong: dict[str, Message | str] = {}
    for name, most in _LENGTHS.items():
        if len(values[name]) > most:
            wrong[name] = Message(N_("Please keep it below %(limit)d characters."), {"limit": most})
    for name in ("country", "vat_id", "iban", "bic", "prefix"):
        values[name] = re.sub(r"[\s.]", "", values[name]).upper()
    if values["country"] and not _COUNTRY.fullmatch(values["country"]):
        wrong["country"] = N_("Please choose a country.")
    if values["vat_id"]:
        values["vat_id"] = values["vat_id"].replace("-", "")
        known = vat.is_valid(values["vat_id"]) if values["vat_id"][:2].lower() in _vat_countries() else None
        if known is False or not re.fullmatch(r"[A-Z]{2}[A-Z0-9+*]{2,18}", values["vat_id"]):
            wrong["vat_id"] = N_("This is no VAT number: look at the two letters and the digits again.")
    if values["iban"] and not ibans.is_valid(values["iban"]):
        wrong["iban"] = N_("This is no IBAN: one of the digits must be wrong.")
    if values["bic"] and not _BIC.fullmatch(values["bic"]):
        wrong["bic"] = N_("A BIC has eight or eleven letters and digits, such as COBADEFF.")
    if values["payment_link"] and not _is_https(values["payment_link"]):
        wrong["payment_link"] = N_("Give an address that begins with https://.")
    if values["prefix"] and not _PREFIX.fullmatch(values["prefix"]):
        wrong["prefix"] = N_("Use up to twelve letters, digits and hyphens.")
    if wrong:
        raise Invalid(wrong)
    return Details(**values)


def _vat_countries() -> frozenset[str]:
    from stdnum.eu.vat import MEMBER_STATES

    return frozenset(MEMBER_STATES) | {"el"}


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in (parts.hostname or "") and not parts.username and address.isascii()


async def require_own(work: Reading, viewer_id: int, actor_id: int) -> None:
    """Raises NotFound unless these are the viewer's own details, or those of a company whose page they may edit."""
    if actor_id != viewer_id and actor_id not in {firm.id for firm in await firms(work, viewer_id)}:
        raise NotFound
