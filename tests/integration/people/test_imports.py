"""A member list comes in, comes again, and is taken back."""

import asyncio

import pytest
import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.errors import Conflict, Invalid
from node.mail.model import Letter
from node.members import fields, imports, joining, queries, service, sheet
from node.members.model import Member
from node.members.publication import document
from node.members.service import Entry
from node.outbox.model import Activity
from node.tables import Company, Vouch
from node.work import Node
from support.people import some_keys

HEAD = "Number;First name;Last name;Email;Company;Trade;Phone;Mobile;City;Since\n"


def _file(*lines: str) -> bytes:
    return (HEAD + "".join(f"{line}\n" for line in lines)).encode("cp1252")


MANY = [
    f"{n};Person{n};Müller;person{n}@mail.test;Firma {n % 5};Bäckerei;030 12345{n:02};0170 5550{n:03};Köln;2019"
    for n in range(23)
]


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    async def many(number: int) -> list[object]:
        return [some_keys()] * number

    monkeypatch.setattr(imports, "make_many", many)


async def _import(node: Node, data: bytes, by: int | None = None) -> int:
    async with node.writing() as work:
        id = await imports.draft(work, by, "C:\\lists\\members.csv", data)
        await imports.start(work, id)
    while await imports.carry_on(node):
        pass
    return id


async def test_trying_first_writes_nothing(house: Node) -> None:
    async with house.writing() as work:
        id = await imports.draft(work, None, "m.csv", _file(*MANY, "90;;;x@mail.test;;;;;;", "91;Bob;;bad;;;;;;"))
    async with house.reading() as work:
        report = await imports.try_first(work, id)
        assert (report.ready, report.new, report.known, report.companies, report.bad_rows) == (23, 23, 0, 5, 2)
        assert [problem.row for problem in report.problems] == [25, 26]
        assert await queries.count(work) == 0
        assert (await imports.view(work, id)).state == "draft"


async def test_members_companies_and_vouches_appear_and_no_mail_goes_out(house: Node) -> None:
    before = await _count(house, Activity.id)
    id = await _import(house, _file(*MANY))
    async with house.reading() as work:
        view = await imports.view(work, id)
        assert (view.state, view.created, view.updated, view.skipped, view.position) == ("done", 23, 0, 0, 23)
        assert view.file_name == "members.csv"
        assert await queries.count(work) == 23
        [line] = await queries.members(work, query="person7")
        assert (line.name, line.company, line.trade, line.number) == ("Person7 Müller", "Firma 2", "Bäckerei", "7")
        assert line.is_vouched
        assert line.claimed_at is None
        assert len(await queries.members(work, query="muller", limit=100)) == 23
        actor = await work.session.get(Actor, line.actor_id)
        shown = str(await document(work, actor))
    assert "Bäckerei" in shown
    assert "12345" not in shown, "phones are for members"
    assert "0170" not in shown
    assert "mail.test" not in shown
    assert await _count(house, Company.actor_id) == 5
    assert await _count(house, Letter.id) == 0
    assert await _count(house, Activity.id) == before


async def test_a_second_import_completes_and_does_not_double(house: Node, add) -> None:
    await _import(house, _file(*MANY[:4]))
    async with house.writing() as work:
        [line] = await queries.members(work, query="person1")
        [claimed] = await queries.members(work, query="person2")
        account = await work.session.get(Account, claimed.account_id)
        account.claimed_at = work.now
        await service.revise_profile(work, claimed.actor_id, entries={"trade": Entry("My own words")})
    again = "1;Person1;Schmidt;new1@mail.test;Firma 9;Joinery;;;Bonn;2019"
    theirs = "2;Person2;Schmidt;new2@mail.test;Firma 2;Joinery;;;Bonn;2019"
    by_mail = ";Person3;Müller;PERSON3@mail.test;;Brewery;;;;"
    id = await _import(house, _file(again, theirs, by_mail, MANY[4]))
    async with house.reading() as work:
        view = await imports.view(work, id)
        assert (view.created, view.updated) == (1, 3)
        assert await queries.count(work) == 5
        changed = await queries.lines_of(work, line.actor_id)
        assert changed["trade"].value == "Joinery"
        kept = await queries.lines_of(work, claimed.actor_id)
        assert kept["trade"].value == "My own words", "what somebody wrote about themselves stays"
        accounts = {row.id: row.email for row in await work.session.scalars(sa.select(Account))}
        assert accounts[line.account_id] == "new1@mail.test"
        assert accounts[claimed.account_id] == "person2@mail.test"
        [third] = await queries.members(work, query="person3")
        assert (third.trade, third.number) == ("Brewery", "3")


async def test_two_people_behind_one_row_need_a_look(house: Node) -> None:
    await _import(house, _file(*MANY[:3]))
    async with house.writing() as work:
        id = await imports.draft(work, None, "m.csv", _file("1;Person1;Müller;person2@mail.test;;;;;;"))
        report = await imports.try_first(work, id)
    assert (report.ready, report.bad_rows) == (0, 1)


async def test_undo_leaves_nothing_but_who_has_come_in(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    id = await _import(house, _file(*MANY))
    async with house.writing() as work:
        assert await joining.invite_to_claim(work, officer, 2) == 2
        [claimed] = await queries.members(work, query="person9")
        account = await work.session.get(Account, claimed.account_id)
        account.claimed_at = work.now
    async with house.writing() as work:
        assert await imports.undo(work, id) == 1
    async with house.reading() as work:
        assert {line.name for line in await queries.members(work)} == {"Ingrid", "Person9 Müller"}
        left = list(await work.session.scalars(sa.select(Actor.username).where(Actor.kind == "organization")))
        assert sorted(left) == ["firma_4", "office"]
    assert await _count(house, Vouch.id) == 2
    with pytest.raises(Conflict):
        async with house.writing() as work:
            await imports.undo(work, id)


async def test_undo_then_the_same_file_again(house: Node) -> None:
    first = await _import(house, _file(*MANY[:3]))
    async with house.writing() as work:
        assert await imports.undo(work, first) == 0
    assert await _count(house, Member.actor_id) == 0
    await _import(house, _file(*MANY[:3]))
    assert await _count(house, Member.actor_id) == 3


async def test_a_batch_is_written_once_however_many_workers(house: Node) -> None:
    async with house.writing() as work:
        id = await imports.draft(work, None, "m.csv", _file(*MANY))
        await imports.start(work, id)
    for _ in range(6):
        await asyncio.gather(*(imports.carry_on(house) for _ in range(4)))
    async with house.reading() as work:
        view = await imports.view(work, id)
    assert (view.state, view.created) == ("done", 23)


async def test_columns_can_be_chosen(house: Node) -> None:
    async with house.writing() as work:
        id = await imports.draft(work, None, "m.csv", b"A,B\nAlice,alice@mail.test\n")
        with pytest.raises(Invalid):
            await imports.choose_columns(work, id, {"B": "email"})
        with pytest.raises(Invalid):
            await imports.choose_columns(work, id, {"A": "name", "B": "name"})
        await imports.choose_columns(work, id, {"A": "name", "B": "email", "C": "phone"})
        assert (await imports.try_first(work, id)).ready == 1
        await imports.start(work, id)
        with pytest.raises(Conflict):
            await imports.choose_columns(work, id, {"A": "name"})


def test_every_line_an_import_fills_is_a_line_of_a_profile() -> None:
    assert {"trade", "title", "place", "website", "phone", "mobile", "about"} <= set(sheet.TARGETS) & set(
        fields.BY_NAME
    )


async def _count(node: Node, column: object) -> int:
    async with node.reading() as work:
        return int(await work.session.scalar(sa.select(sa.func.count(column))) or 0)  # type: ignore[arg-type]
