"""Papers: their numbers, their sums, and that nothing in them changes once they are issued."""

import asyncio

import pytest
import sqlalchemy as sa

from node.deals.model import Deal
from node.errors import Conflict
from node.papers import service
from node.papers.model import Paper, PaperSeries
from support.nodes import RigNode
from support.papers import Make, a_deal


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
