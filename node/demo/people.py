"""The first days of a demo node: the house is furnished, members come in, and fill in their pages."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from node.accounts import passwords
from node.accounts import service as accounts
from node.accounts.model import Account
from node.actors.keys import make_many
from node.actors.model import Actor
from node.associations import service as associations
from node.circles import service as circles
from node.circles.rules import Facts
from node.companies import service as companies
from node.companies.model import CompanyPerson
from node.demo import world
from node.demo.world import Card, House, Person, World
from node.etiquette import code
from node.media import service as media
from node.media.service import Picture
from node.members import imports, joining
from node.members import service as members
from node.members.adding import Newcomer, add_member
from node.members.model import HostCard
from node.members.service import Entry
from node.work import Node, Writing

Report = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

OPENED = timedelta(days=30)
"""How long before the demo's first start its people came in."""


def mail_of(person: Person) -> str:
    """The address with which a person of the demo logs in."""
    return f"{person.username}@{person.house}.test"


async def move_in(node: Node, town: World, house: House, began: datetime, report: Report) -> None:
    """Furnish the house and bring in its members, by the secretary's file where there is one."""
    people = town.of(house.key)
    fronts = await _keep(node, {name: name for name in (house.logo, house.picture)})
    hashed = await passwords.hash_password(world.PASSWORD)
    by_hand = [person for person in people if person.name]
    # Who works alone on that side of the river has no second page for it.
    with_company = [person for person in by_hand if person.company and person.size != "sole"]
    keys = iter(await make_many(len(by_hand) + len(with_company)))
    async with node.writing() as work:
        work.now = began - OPENED
        await _furnish(work, house, fronts)
        for person in by_hand:
            newcomer = Newcomer(
                name=person.name,
                email=mail_of(person),
                username=person.username,
                password_hash=hashed,
                joined_at=_joined(person.username, began),
                entries=_lines(person),
            )
            account = await add_member(work, newcomer, next(keys), tell=False)
            if person in with_company:
                facts = companies.Facts(
                    name=person.company,
                    about=person.about,
                    trade=person.trade,
                    trade_code=person.trade_code,
                    size=person.size,
                    place=person.place,
                )
                company = await companies.create(work, facts, next(keys))
                await companies.add_person(work, company.id, account.actor_id, title=person.trade)
    report(len(by_hand), len(people))
    if len(by_hand) < len(people):
        await _import(node, house, lambda done: report(len(by_hand) + done, len(people)))
    await _hang_pictures(node, town, people, hashed, house, began)
    await _begin_circles(node, town, house, began)
    report(len(people), len(people))


async def _furnish(work: Writing, house: House, pictures: dict[str, Picture]) -> None:
    await associations.revise(
        work,
        associations.Changes(
            name=house.name,
            tagline=house.tagline,
            about=house.about,
            place=house.place,
            contact_email=house.email,
            languages=house.languages,
            time_zone=house.time_zone,
            currency="EUR",
            accent=house.accent,
        ),
    )
    office = await associations.office(work)
    for purpose, name in (("logo", house.logo), ("header", house.picture)):
        picture = pictures[name]
        await media.add(work, office.id, picture, purpose)
        await associations.show_picture(work, purpose, picture.digest)


async def _import(node: Node, house: House, report: Callable[[int], None]) -> None:
    """As the secretary would: upload, look, and say yes. The node's worker makes the members."""
    async with node.writing() as work:
        officer = await accounts.by_email(work, f"{house.officers[0]}@{house.key}.test")
        file = world.member_file()
        import_id = await imports.draft(work, officer.id if officer else None, "members.csv", file)
    async with node.writing() as work:
        await imports.start(work, import_id)
    while True:
        async with node.reading() as work:
            state = await imports.view(work, import_id)
        report(state.created)
        if state.state == "done":
            return
        await asyncio.sleep(0.2)


async def _hang_pictures(
    node: Node, town: World, people: list[Person], hashed: str, house: House, began: datetime
) -> None:
    """Everybody who has claimed their page has a face, a host card and their own words on it."""
    claimed = [person for person in people if person.username not in house.unclaimed]
    awaited = _awaited(town)
    trades = {entry.by: entry.picture for entry in town.entries if entry.picture and entry.listing}
    faces = await _keep(node, {person.username: f"people/{person.username}" for person in claimed})
    fronts = await _keep(node, {who: picture for who, picture in trades.items() if who in faces})
    async with node.writing() as work:
        work.now = began - OPENED + timedelta(days=1)
        for person in claimed:
            account = await account_of(work, person)
            actor = await work.session.get_one(Actor, account.actor_id)
            account.password, account.claimed_at = hashed, work.now
            account.time_zone = house.time_zone
            account.language = "fr" if person.card.languages[0] == "fr" and person.house == "alpha" else "en"
            if person.username == house.admin:
                account.role = "admin"
            elif person.username in house.officers:
                account.role = "officer"
            await accounts.accept_etiquette(work, account.id, code.VERSION)
            # The services would tell followers of each change; here is nobody to tell yet.
            await work.session.execute(
                sa.update(HostCard)
                .where(HostCard.actor_id == actor.id)
                .values(**asdict(card(person.card, house, hours=person.username not in awaited)), updated_at=work.now)
            )
            picture = faces[person.username]
            await media.add(work, actor.id, picture, "avatar", actor.name)
            actor.icon_url, actor.icon_digest = work.uris.media(picture.digest, "webp"), picture.digest
            await members.write(work, actor, entries=_lines(person))
            company = await _company(work, actor)
            if company is not None and person.username in fronts:
                front = fronts[person.username]
                await media.add(work, company.id, front, "header", town.alt[trades[person.username]])
                company.image_url = work.uris.media(front.digest, "webp")
    async with node.writing() as work:
        work.now = began - timedelta(hours=5)
        for form in house.applications:
            address = f"{form['name'].split()[0].casefold()}@{house.key}.test"
            await joining.apply(work, email=address.encode("ascii", "ignore").decode(), **form)


async def _begin_circles(node: Node, town: World, house: House, began: datetime) -> None:
    ours = [circle for circle in town.circles if town.people[circle.by].house == house.key]
    keys = await make_many(len(ours))
    async with node.writing() as work:
        work.now = began - OPENED + timedelta(days=2)
        for circle, pair in zip(ours, keys, strict=True):
            founder = await work.session.get_one(Actor, (await account_of(work, town.people[circle.by])).actor_id)
            await circles.create(work, founder, Facts(circle.name, circle.about), pair, circle.username)


async def set_hours(node: Node, town: World, house: House) -> None:
    """Some have their contact hours last: whoever asked them meanwhile was heard at once, whatever the time of day."""
    async with node.writing() as work:
        for username in sorted(_awaited(town)):
            if town.people[username].house == house.key:
                account = await account_of(work, town.people[username])
                await members.revise_host_card(work, account.actor_id, card(town.people[username].card, house))


def _awaited(town: World) -> set[str]:
    """Those for whom an invitation is left waiting."""
    return {each.invited for each in town.invitations if not each.answer}


def card(of: Card, house: House, *, hours: bool = True) -> members.Card:
    """The host card as its owner fills it in."""
    return members.Card(
        opens_with=of.opens_with,
        languages=list(of.languages),
        hours=[*of.hours] if hours else [],
        days=list(of.days) if hours else [],
        time_zone=house.time_zone,
        ask_me_about=list(of.ask_me_about),
        please_dont=list(of.please_dont),
        channels=[],
        pace=of.pace,
    )


async def account_of(work: Writing, person: Person) -> Account:
    """The account of a person of the demo."""
    account = await accounts.by_email(work, mail_of(person))
    assert account is not None, person.username
    return account


def _lines(person: Person) -> dict[str, Entry]:
    enjoys = f"{person.enjoys}. And: {person.causes[0].lower()}{person.causes[1:]}" if person.causes else person.enjoys
    lines = {
        "about": Entry(person.about),
        "origin": Entry(person.origin, "connections"),
        "enjoys": Entry(enjoys, "members" if person.card.opens_with == "business" else "public"),
        "offers": Entry(person.offers),
        "seeks": Entry(person.seeks),
        "trade": Entry(person.trade),
        "industry": Entry(person.trade_code),
        "place": Entry(person.place),
    }
    return {name: entry for name, entry in lines.items() if entry.value}


def _joined(username: str, began: datetime) -> datetime:
    """A year that has nothing to do with anything, but stays the same."""
    letters = sum(map(ord, username))
    return datetime(began.year - 1 - letters % 14, 1 + letters % 12, 1, tzinfo=UTC)


async def _company(work: Writing, actor: Actor) -> Actor | None:
    return await work.session.scalar(
        sa.select(Actor)
        .join(CompanyPerson, CompanyPerson.company_id == Actor.id)
        .where(CompanyPerson.person_id == actor.id)
        .limit(1)
    )


async def _keep(node: Node, names: dict[str, str]) -> dict[str, Picture]:
    """Puts drawn pictures where uploaded ones go."""
    found = {key: world.picture(name) for key, name in names.items()}
    await asyncio.gather(*(media.keep(node, picture) for picture in found.values()))
    return found
