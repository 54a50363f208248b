"""What it yields, by month: asks answered, deals, their value, and how many began in a conversation."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.actors.model import Actor
from node.deals.machine import COMPLETED
from node.deals.model import Deal
from node.insights.bands import band, told
from node.listings import lineage
from node.listings.model import Listing
from node.members.model import Member
from node.money import Money
from node.posts.model import Post
from node.work import Node, Reading

MONTHS = 12
_CHUNK = 200
_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Value:
    """What deals in one currency were worth together, as a band in whole units; ``to`` is None where it has no end."""

    currency: str
    low: int
    to: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """One month. A number is None where fewer than five members are behind it."""

    begins: date
    answered: int | None
    """Asks of others that were answered."""
    deals: int | None
    """Deals completed, paid and receipted."""
    from_talk: int | None
    """How many of them began in social talk."""
    values: tuple[Value, ...] | None
    listings: int = 0
    listings_from_talk: int = 0
    """Of what members put up for everybody; what everybody can read may be counted by everybody."""

    @property
    def is_empty(self) -> bool:
        return self.answered == self.deals == self.listings == 0


@dataclass(slots=True)
class _Sums:
    answered: set[int] = field(default_factory=set)
    answering: set[int] = field(default_factory=set)
    deals: set[int] = field(default_factory=set)
    dealing: set[int] = field(default_factory=set)
    from_talk: set[int] = field(default_factory=set)
    talking: set[int] = field(default_factory=set)
    not_talking: set[int] = field(default_factory=set)
    values: dict[str, int] = field(default_factory=dict)
    valued: dict[str, set[int]] = field(default_factory=dict)


async def of_member(work: Reading, actor_id: int, zone: ZoneInfo, months: int = MONTHS) -> list[Month]:
    """The last months of one member, the newest first: for their eyes only."""
    begins = _months(work.now, zone, months)
    sums = await _sums(work, {actor_id}, begins, zone)
    return _since_the_first(
        Month(
            begins=month,
            answered=len(found.answered),
            deals=len(found.deals),
            from_talk=len(found.from_talk),
            values=tuple(Value(code, *band(total, code)) for code, total in sorted(found.values.items())),
        )
        for month, found in zip(begins, sums, strict=True)
    )


async def of_association(work: Reading, zone: ZoneInfo, months: int = MONTHS) -> list[Month]:
    """The last months of all members together, the newest first, without what would tell of a few."""
    begins = _months(work.now, zone, months)
    members = set(await work.session.scalars(sa.select(Member.actor_id)))
    sums = await _sums(work, members, begins, zone)
    ends = [work.now + timedelta(seconds=1), *(_start(month, zone) for month in begins[:-1])]
    found = []
    for month, until, sum_ in zip(begins, ends, sums, strict=True):
        began = await lineage.began_in_social(work, _start(month, zone), until)
        values = [
            Value(code, *band(total, code))
            for code, total in sorted(sum_.values.items())
            if told(total, sum_.valued[code]) is not None
        ]
        found.append(
            Month(
                begins=month,
                answered=told(len(sum_.answered), sum_.answering),
                deals=told(len(sum_.deals), sum_.dealing),
                # How many did not begin in talk tells as much as how many did: enough must be behind both.
                from_talk=_of_both(sum_),
                values=tuple(values) if values or not sum_.values else None,
                listings=began.all,
                listings_from_talk=began.in_social,
            )
        )
    return _since_the_first(found)


def _since_the_first(months: Iterable[Month]) -> list[Month]:
    """Without the empty months before anything happened; this month is always there."""
    found = list(months)
    while len(found) > 1 and found[-1].is_empty:
        found.pop()
    return found


def _of_both(sums: _Sums) -> int | None:
    if told(len(sums.deals), sums.dealing) is None:
        return None
    if told(0, sums.not_talking) is None:
        return None
    return told(len(sums.from_talk), sums.talking)


# as a table


MEMBER_COLUMNS = ("completed", "title", "with", "role", "currency", "total", "began in talk")
MONTH_COLUMNS = (
    "month",
    "listings",
    "listings begun in talk",
    "asks answered",
    "deals",
    "deals begun in talk",
    "value",
)


async def deals_of(node: Node, actor_id: int) -> AsyncIterator[tuple[str, ...]]:
    """Every completed deal of a member as a line of a table, oldest first, a chunk at a time."""
    last = 0
    while True:
        async with node.reading() as work:
            rows = await _deal_lines(work, actor_id, last)
        for row in rows:
            last = row[0]
            yield row[1]
        if len(rows) < _CHUNK:
            return


def lines(months: Iterable[Month]) -> Iterator[tuple[str, ...]]:
    """Months as lines of a table; what is too little to show is left empty."""
    for month in months:
        yield (
            month.begins.isoformat()[:7],
            str(month.listings),
            str(month.listings_from_talk),
            *("" if number is None else str(number) for number in (month.answered, month.deals, month.from_talk)),
            "; ".join(_band_text(value) for value in month.values or ()),
        )


def _band_text(value: Value) -> str:
    if value.to is None:
        return f"{value.low} {value.currency} or more"
    return f"{value.low} to {value.to} {value.currency}"


async def _deal_lines(work: Reading, actor_id: int, after: int) -> list[tuple[int, tuple[str, ...]]]:
    seller, buyer = aliased(Actor), aliased(Actor)
    rows = (
        await work.session.execute(
            sa.select(Deal, seller, buyer)
            .join(seller, seller.id == Deal.seller_id)
            .join(buyer, buyer.id == Deal.buyer_id)
            .where(
                sa.or_(Deal.seller_id == actor_id, Deal.buyer_id == actor_id),
                Deal.state == COMPLETED,
                Deal.completed_at.is_not(None),
                Deal.id > after,
            )
            .order_by(Deal.id)
            .limit(_CHUNK)
        )
    ).all()
    social = await _from_talk(work, [deal for deal, _, _ in rows])
    found: list[tuple[int, tuple[str, ...]]] = []
    for deal, sells, buys in rows:
        is_seller = deal.seller_id == actor_id
        assert deal.completed_at is not None
        found.append(
            (
                deal.id,
                (
                    deal.completed_at.date().isoformat(),
                    deal.title,
                    (buys if is_seller else sells).handle,
                    "seller" if is_seller else "buyer",
                    deal.currency or "",
                    str(Money(deal.total, deal.currency).major) if deal.currency else "",
                    "yes" if deal.id in social else "no",
                ),
            )
        )
    return found


# counting


async def _sums(work: Reading, members: set[int], begins: list[date], zone: ZoneInfo) -> list[_Sums]:
    place = {month: number for number, month in enumerate(begins)}
    sums = [_Sums() for _ in begins]
    since = _start(begins[-1], zone)
    for at, ask_id, actor_id in await _answers(work, members, since):
        month = sums[place[_month(at, zone)]]
        month.answered.add(ask_id)
        month.answering.add(actor_id)
    rows = await work.session.scalars(
        sa.select(Deal).where(Deal.state == COMPLETED, Deal.completed_at >= since, Deal.completed_at <= work.now)
    )
    deals = [deal for deal in rows if deal.seller_id in members or deal.buyer_id in members]
    social = await _from_talk(work, deals)
    for deal in deals:
        assert deal.completed_at is not None
        month = sums[place[_month(deal.completed_at, zone)]]
        ours = {deal.seller_id, deal.buyer_id} & members
        month.deals.add(deal.id)
        month.dealing |= ours
        if deal.id in social:
            month.from_talk.add(deal.id)
            month.talking |= ours
        else:
            month.not_talking |= ours
        if deal.currency:
            month.values[deal.currency] = month.values.get(deal.currency, 0) + deal.total
            month.valued.setdefault(deal.currency, set()).update(ours)
    return sums


async def _answers(work: Reading, members: set[int], since: datetime) -> list[tuple[datetime, int, int]]:
    """When a member first answered an ask of somebody else: by a word, by an offer, or by a deal."""
    asked = aliased(Post)
    words = await work.session.execute(
        sa.select(Post.published_at, asked.id, Post.author_id)
        .join(asked, asked.id == Post.parent_id)
        .join(Listing, Listing.post_id == asked.id)
        .where(
            Listing.purpose == "request",
            Post.is_local,
            Post.deleted_at.is_(None),
            Post.author_id != asked.author_id,
            Post.published_at >= since,
            Post.published_at <= work.now,
        )
    )
    offers = await work.session.execute(
        sa.select(Post.published_at, asked.id, Post.author_id)
        .join(Listing, Listing.post_id == Post.id)
        .join(asked, asked.id == Listing.answers_id)
        .where(
            Post.is_local,
            Post.deleted_at.is_(None),
            Post.author_id != asked.author_id,
            Post.published_at >= since,
            Post.published_at <= work.now,
        )
    )
    deals = await work.session.execute(
        sa.select(Deal.created_at, asked.id, Deal.seller_id)
        .join(asked, asked.id == Deal.listing_id)
        .join(Listing, Listing.post_id == asked.id)
        .where(Listing.purpose == "request", Deal.created_at >= since, Deal.created_at <= work.now)
    )
    first: dict[tuple[int, int], datetime] = {}
    for at, ask_id, actor_id in (*words, *offers, *deals):
        if actor_id in members:
            first[ask_id, actor_id] = min(at, first.get((ask_id, actor_id), at))
    return [(at, ask_id, actor_id) for (ask_id, actor_id), at in first.items()]


async def _from_talk(work: Reading, deals: list[Deal]) -> set[int]:
    """Which of these deals go back to something social that somebody said."""
    roots = {deal.id: source for deal in deals if (source := deal.born_of_id or deal.listing_id) is not None}
    above: dict[int, int | None] = {}
    social: set[int] = set()
    for _ in range(_LONGEST):
        unknown = set(roots.values()) - above.keys()
        if not unknown:
            break
        rows = await work.session.execute(
            sa.select(Post.id, Post.kind, Post.lens, Post.born_of_id, Listing.answers_id)
            .join(Listing, Listing.post_id == Post.id, isouter=True)
            .where(Post.id.in_(unknown))
        )
        above |= dict.fromkeys(unknown)
        for row in rows:
            above[row.id] = (row.answers_id or row.born_of_id) if row.kind == "listing" else None
            if row.kind != "listing" and row.lens in ("social", "both"):
                social.add(row.id)
        roots |= {id: source for id, root in roots.items() if (source := above.get(root)) is not None}
    return {id for id, root in roots.items() if root in social}


def _months(now: datetime, zone: ZoneInfo, count: int) -> list[date]:
    """The first days of the last months, this one first."""
    month = _month(now, zone)
    found = []
    for _ in range(count):
        found.append(month)
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return found


def _month(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date().replace(day=1)


def _start(month: date, zone: ZoneInfo) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=zone)
