"""Papers: their numbers, their sums, and that nothing in them changes once they are issued."""

import asyncio
import csv
import io
import signal
import sys

import pytest
import sqlalchemy as sa

from node.accounts.model import Account
from node.companies import service as companies
from node.companies.service import Facts
from node.deals.model import Deal
from node.errors import Conflict, Forbidden, Invalid
from node.papers import bookkeeping, letterheads, queries, service
from node.papers.letterheads import Details
from node.papers.model import Paper, PaperSeries
from support.clock import Clock
from support.nodes import RigNode
from support.papers import Make, a_deal
from support.people import KEYS


async def test_fifty_baskets_come_to_the_same_everywhere(node: RigNode, member: Make) -> None:
    bob, alice = await member("bob"), await member("alice")
    async with node.writing() as work:
        deal = await a_deal(work, bob.id, alice.id)
        deposit = await service.issue(work, deal, "deposit")
        deal.paid = deposit.total
        final = await service.issue(work, deal, "invoice")
        deal.paid = deal.total
        receipt = await service.issue(work, deal, "receipt")
    assert (deposit.net, deposit.tax, deposit.total, deposit.payable) == (21000, 4200, 25200, 25200)
    assert (final.net, final.tax, final.total, final.payable) == (70000, 14000, 84000, 58800)
    assert (final.facts["prepaid"], final.facts["deal"]["deposit"]) == (25200, 25200)
    assert (receipt.total, receipt.payable) == (84000, 0)
    assert [paper.number for paper in (deposit, final, receipt)] == ["2026-0001", "2026-0002", "R-2026-0001"]
    assert final.follows_id == deposit.id and receipt.follows_id == final.id
    assert final.facts["follows"] == [
        {"kind": "deposit", "number": "2026-0001", "issuedOn": "2026-05-04", "net": 21000, "tax": 4200, "total": 25200}
    ]
    assert (final.facts["dueOn"], receipt.facts["dueOn"]) == ("2026-05-18", None)


async def test_a_second_invoice_takes_no_number(node: RigNode, member: Make) -> None:
    bob, alice = await member("bob"), await member("alice")
    async with node.writing() as work:
        deal = await a_deal(work, bob.id, alice.id)
        await service.issue(work, deal, "invoice")
    with pytest.raises(Conflict):
        async with node.writing() as work:
            await service.issue(work, await work.session.get_one(Deal, deal.id), "invoice")
    with pytest.raises(RuntimeError):
        async with node.writing() as work:
            lost = await service.issue(work, await a_deal(work, bob.id, alice.id), "invoice")
            assert lost.serial == 2
            raise RuntimeError("the step fails after all")
    async with node.writing() as work:
        assert (await service.issue(work, await a_deal(work, bob.id, alice.id), "invoice")).number == "2026-0002"


async def test_many_at_once_are_numbered_without_gap_or_twin(node: RigNode, member: Make) -> None:
    bob, alice = await member("bob"), await member("alice")
    async with node.writing() as work:
        deals = [(await a_deal(work, bob.id, alice.id)).id for _ in range(12)]

    async def press(place: int) -> None:
        async with node.writing() as work:
            await service.issue(work, await work.session.get_one(Deal, deals[place]), "invoice")
            if place % 4 == 3:
                raise RuntimeError("rolled back")

    done = await asyncio.gather(*(press(place) for place in range(12)), return_exceptions=True)
    assert sum(isinstance(each, RuntimeError) for each in done) == 3
    async with node.reading() as work:
        serials = sorted(await work.session.scalars(sa.select(Paper.serial)))
        last = await work.session.scalar(sa.select(PaperSeries.last))
    assert serials == list(range(1, 10)) and last == 9


KILLED = """
import asyncio, os, signal, sys
from node.config import load_config
from node.deals.model import Deal
from node.papers import service
from node.work import Node
async def main():
    node = Node(load_config(allow_http=True, url="http://a.test", data=sys.argv[1],
                            database_url=sys.argv[2], secret=sys.argv[4]))
    await node.open()
    async with node.writing() as work:
        paper = await service.issue(work, await work.session.get_one(Deal, int(sys.argv[3])), "invoice")
        assert paper.serial == 2
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


async def test_a_kill_in_the_middle_leaves_no_gap(node: RigNode, member: Make) -> None:
    bob, alice = await member("bob"), await member("alice")
    async with node.writing() as work:
        await service.issue(work, await a_deal(work, bob.id, alice.id), "invoice")
        deal = await a_deal(work, bob.id, alice.id)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(node.config.data), node.config.database, str(deal.id), node.config.secret
    )
    assert await killed.wait() == -signal.SIGKILL
    async with node.writing() as work:
        assert (await service.issue(work, await work.session.get_one(Deal, deal.id), "invoice")).serial == 2


async def test_credit_notes_take_back_no_more_than_was_invoiced(node: RigNode, member: Make) -> None:
    bob, alice = await member("bob"), await member("alice")
    async with node.writing() as work:
        deal = await a_deal(work, bob.id, alice.id)
        with pytest.raises(Invalid):
            await service.issue(work, deal, "credit")  # nothing was invoiced
        invoice = await service.issue(work, deal, "invoice")
        part = await service.issue(work, deal, "credit", amount=10000)
        with pytest.raises(Invalid):
            await service.issue(work, deal, "credit", amount=74001)
        rest = await service.issue(work, deal, "credit")
    assert (part.net, part.tax, part.total, part.payable, part.number) == (8333, 1667, 10000, 0, "CN-2026-0001")
    assert (rest.total, rest.number, rest.follows_id) == (74000, "CN-2026-0002", invoice.id)


async def test_each_issuer_and_year_has_its_own_numbers_and_a_paper_stays_as_it_was(
    node: RigNode, member: Make, clock: Clock
) -> None:
    bob, alice = await member("bob"), await member("alice")
    async with node.writing() as work:
        firm = await companies.create(work, Facts("Joiner & Sons", place="Strasbourg", country="FR"), KEYS)
        with pytest.raises(Forbidden):
            await letterheads.act_for(work, bob.id, firm.id)
        await companies.add_person(work, firm.id, bob.id)
        own = await service.issue(work, await a_deal(work, bob.id, alice.id), "invoice")
        await letterheads.act_for(work, bob.id, firm.id)
        await letterheads.revise(
            work, firm.id, Details(legal_name="Joiner SAS", city="Paris", country="fr", prefix="js")
        )
        firms = await service.issue(work, await a_deal(work, bob.id, alice.id), "invoice")
        account = await work.session.scalar(sa.select(Account).where(Account.actor_id == alice.id))
        assert account is not None
        account.language = "fr"
        french = await service.issue(work, await a_deal(work, bob.id, alice.id), "deposit")
        await letterheads.act_for(work, bob.id, None)
    assert [paper.number for paper in (own, firms, french)] == ["2026-0001", "JS-2026-0001", "JS-2026-0002"]
    seller = firms.facts["seller"]
    assert (seller["name"], seller["contact"], seller["city"], seller["country"]) == (
        "Joiner SAS",
        "Bob",
        "Paris",
        "FR",
    )
    assert french.language == "fr" and french.facts["lines"][0]["name"] == "Acompte de 30 % pour : Willow baskets"
    clock.forward(days=365)
    async with node.writing() as work:
        await letterheads.revise(work, bob.id, Details(legal_name="Robert Joiner"))
        later = await service.issue(work, await a_deal(work, bob.id, alice.id), "invoice")
        before = await work.session.get_one(Paper, own.id)
    assert (later.number, later.facts["seller"]["name"]) == ("2027-0001", "Robert Joiner")
    assert before.facts["seller"]["name"] == "Bob"
    async with node.reading() as work:
        assert await queries.years(work, bob.id) == (2027, 2026)
        rows = list(csv.reader(io.StringIO(bookkeeping.table(await queries.of_year(work, alice.id, 2026)))))
    assert [dict(zip(rows[0], row, strict=True))["number"] for row in rows[1:]] == [
        "JS-2026-0002",
        "JS-2026-0001",
        "2026-0001",
    ]


async def test_a_table_for_bookkeeping_holds_no_formula(node: RigNode, member: Make) -> None:
    bob, alice = await member("bob", name='=HYPERLINK("http://x.test")'), await member("alice", name="@SUM(1)")
    async with node.writing() as work:
        deal = await a_deal(work, bob.id, alice.id, title="+cmd|' /C calc'!A0")
        await service.issue(work, deal, "invoice")
        await service.issue(work, deal, "credit", amount=600)
        entries = await queries.of_year(work, bob.id, 2026)
    rows = list(csv.DictReader(io.StringIO(bookkeeping.table(entries))))
    assert [row["total"] for row in rows] == ["-6.00", "840.00"]
    assert rows[1]["tax_by_rate"] == "20=140.00" and rows[1]["direction"] == "issued"
    assert not any(cell[:1] in "=+@" for row in rows for cell in row.values() if cell)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("iban", "FR76 3000 6000 0112 3456 7890 188"), ("vat_id", "FR40303265046"), ("bic", "12"),
        ("country", "France"),
        ("payment_link", "http://pay.test"), ("payment_link", "javascript:alert(1)"), ("prefix", "../x"),
        ("payment_link", "https://me:secret@pay.test"), ("legal_name", "x" * 201),
    ],
)  # fmt: skip
def test_details_that_cannot_be_right_are_refused(field: str, text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        letterheads.checked(Details(**{field: text}))
    assert list(refusal.value.fields) == [field]


def test_details_are_tidied() -> None:
    typed = Details(iban=" fr76 3000 6000 0112 3456 7890 189", vat_id="fr 40 303-265-045", country="fr", prefix="js")
    kept = letterheads.checked(typed)
    assert (kept.iban, kept.vat_id, kept.country) == ("FR7630006000011234567890189", "FR40303265045", "FR")
    assert letterheads.checked(Details(vat_id="CHE-116.281.710")).vat_id == "CHE116281710"
    assert letterheads.checked(Details(country="GR", vat_id="EL094259216")).vat_id == "EL094259216"
