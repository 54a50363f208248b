"""Two associations that deal with each other: a member of each, what they do, and what both must see alike."""

from dataclasses import dataclass
from decimal import Decimal

from node.deals import queries
from node.deals.queries import DealView
from support.deals import BASKETS, begin, copy_of, make_known, put_up, seen, shown, take, terms
from support.nodes import Member, RigNode


@dataclass
class Market:
    """Alice at a.test asks for baskets, Bob at b.test makes them; or he offers them, when he puts them up."""

    a: RigNode
    b: RigNode
    alice: Member
    bob: Member
    here: int = 0
    """The deal's key at Alice's node."""
    there: int = 0

    async def settle(self) -> None:
        await self.a.settle()

    async def alice_does(self, verb: str, **values: object) -> str:
        return await take(self.a, self.alice, self.here, verb, **values)

    async def bob_does(self, verb: str, **values: object) -> str:
        return await take(self.b, self.bob, self.there, verb, **values)

    async def meet(self) -> None:
        """The other side's key of the deal that one of them just began."""
        await self.settle()
        async with self.a.reading() as work:
            self.here = (await queries.mine(work, self.alice.actor_id))[0].id
        async with self.b.reading() as work:
            self.there = (await queries.mine(work, self.bob.actor_id))[0].id

    async def both(self) -> DealView:
        """What both see, once everything has arrived: the same."""
        await self.settle()
        mine, theirs = await seen(self.a, self.alice, self.here), await seen(self.b, self.bob, self.there)
        assert shown(mine) == shown(theirs)
        assert (mine.role, theirs.role) == ("buyer", "seller")
        return mine


async def between(a: RigNode, b: RigNode) -> Market:
    """Alice at the one and Bob at the other, who follow each other."""
    alice, bob = await a.member("Alice Baker"), await b.member("Bob Joiner")
    await make_known(b, bob, "@alice@a.test")
    await make_known(a, alice, "@bob@b.test")
    return Market(a, b, alice, bob)


async def ask(market: Market) -> Market:
    """Alice's ask, which Bob answers."""
    listing = await put_up(market.a, market.alice, purpose="request", title="60 bread baskets, willow", quantity=None)
    await market.settle()
    copy = await copy_of(market.b, market.a, listing)
    market.there = await begin(market.b, market.bob, copy, terms=terms(60), words="Willow from my own garden.")
    await market.meet()
    return market


async def offer(market: Market, quantity: int = 100) -> int:
    """Bob's offer, which Alice asks about."""
    listing = await put_up(market.b, market.bob, BASKETS, quantity=Decimal(quantity))
    await market.settle()
    copy = await copy_of(market.a, market.b, listing)
    await begin(market.a, market.alice, copy, words="Could you make 60 by October?")
    await market.meet()
    return listing
