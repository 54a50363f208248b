"""Saved searches: what a member looks for among offers and asks, kept under a name; what comes later is told once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from node import search
from node.accounts.model import Account
from node.errors import Conflict, Invalid, NotFound
from node.ids import new_id
from node.industries import catalogue as industries
from node.listings import queries, rules
from node.listings.model import Listing, SavedSearch, SavedSearchHit
from node.listings.queries import Filter
from node.notifications import service as notifications
from node.notifications.model import Notification
from node.words import N_, Message
from node.work import Reading, Writing

MOST = 20
"""Searches of one member."""
NAME_LIMIT = 100
_AT_ONCE = 50
"""Listings looked at in one go."""
_TOLD_A_DAY = 20
"""News of one member a day; what is beyond stands on the page and in the digest."""
_KEPT = timedelta(days=90)
NAMES = ("purpose", "category", "terms", "delivery", "industry", "association", "q", "place", "tag")
"""What a search can say, as the address of the page names it."""
_LIMITS = {"q": 200, "place": 100, "tag": 50}


@dataclass(frozen=True, slots=True)
class SearchView:
    """A saved search as its owner sees it; ``wanted`` as in the address of the page."""

    id: int
    name: str
    wanted: Mapping[str, str]
    hits: int
    """How many came since it was saved, of the last months."""
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A listing that came for one of somebody's searches."""

    search_id: int
    search_name: str
    post_id: int
    at: datetime


def read(given: Mapping[str, str]) -> dict[str, str]:
    """What of an address says what is looked for, without nonsense and what is empty."""
    association = given.get("association", "")
    is_key = association.isascii() and association.isdecimal() and len(association) < 19
    found = {
        "purpose": _one_of(given.get("purpose", ""), rules.PURPOSES),
        "category": _one_of(given.get("category", ""), rules.CATEGORIES),
        "terms": _one_of(given.get("terms", ""), rules.TERMS),
        "delivery": _one_of(given.get("delivery", ""), ("collection", "delivery")),
        "industry": industries.read(given.get("industry", "")[:200]),
        "association": association if is_key else "",
        **{name: " ".join(given.get(name, "").replace("\x00", "").split())[:most] for name, most in _LIMITS.items()},
    }
    return {name: value for name, value in found.items() if value}


def filter_of(wanted: Mapping[str, str]) -> Filter:
    """The filter behind what ``read`` gives."""
    return Filter(
        purpose=wanted.get("purpose", ""),
        category=wanted.get("category", ""),
        terms=wanted.get("terms", ""),
        text=wanted.get("q", ""),
        place=wanted.get("place", ""),
        association_id=int(wanted["association"]) if "association" in wanted else None,
        industry=wanted.get("industry", ""),
        tag=wanted.get("tag", "").lstrip("#"),
        delivery=wanted.get("delivery", ""),
    )


async def save(work: Writing, account_id: int, name: str, given: Mapping[str, str]) -> SavedSearch:
    """Keep a search under a name. Raises Invalid (``name``, ``wanted``), Conflict when there are enough of them."""
    name, wanted = " ".join(name.split()), read(given)
    wrong: dict[str, Message | str] = {}
    if not name:
        wrong["name"] = N_("Give the search a name.")
    elif len(name) > NAME_LIMIT:
        wrong["name"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": NAME_LIMIT})
    if not wanted:
        wrong["wanted"] = N_("Say first what you look for: a word, a kind, a place.")
    if wrong:
        raise Invalid(wrong)
    await work.count_alone("searches", account_id)
    count = sa.select(sa.func.count()).where(SavedSearch.account_id == account_id)
    if (await work.session.scalar(count) or 0) >= MOST:
        raise Conflict(Message(N_("You keep %(limit)d searches already. Delete one first."), {"limit": MOST}))
    row = SavedSearch(id=new_id(work.now), account_id=account_id, name=name, wanted=wanted, created_at=work.now)
    work.session.add(row)
    await work.session.flush()
    return row


async def delete(work: Writing, account_id: int, search_id: int) -> None:
    """Forget a search. Raises NotFound for one that is not theirs."""
    gone = await work.session.execute(
        sa.delete(SavedSearch)
        .where(SavedSearch.id == search_id, SavedSearch.account_id == account_id)
        .returning(SavedSearch.id)
    )
    if gone.scalar_one_or_none() is None:
        raise NotFound


async def listed(work: Reading, account_id: int) -> list[SearchView]:
    """Somebody's searches, the last one first."""
    rows = await work.session.execute(
        sa.select(SavedSearch, sa.func.count(SavedSearchHit.post_id), sa.func.max(SavedSearchHit.found_at))
        .join(SavedSearchHit, SavedSearchHit.search_id == SavedSearch.id, isouter=True)
        .where(SavedSearch.account_id == account_id)
        .group_by(SavedSearch.id)
        .order_by(SavedSearch.id.desc())
    )
    return [SearchView(row.id, row.name, row.wanted, number, last_at) for row, number, last_at in rows]


async def hits(work: Reading, account_id: int, since: datetime, limit: int = 20) -> list[Hit]:
    """What came for somebody's searches since then, newest first, each listing once: for the digest."""
    rows = await work.session.execute(
        sa.select(SavedSearch.id, SavedSearch.name, SavedSearchHit.post_id, SavedSearchHit.found_at)
        .join(SavedSearchHit, SavedSearchHit.search_id == SavedSearch.id)
        .where(SavedSearch.account_id == account_id, SavedSearchHit.found_at > since)
        .order_by(SavedSearchHit.found_at.desc(), SavedSearchHit.post_id.desc())
        .limit(limit * 3)
    )
    found: dict[int, Hit] = {}
    for row in rows:
        found.setdefault(row.post_id, Hit(row.id, row.name, row.post_id, row.found_at))
    return list(found.values())[:limit]


async def look(work: Writing) -> int:
    """Housekeeping: hold what is new against everybody's searches, and tell each member once. How many fitted."""
    # The condition stands as the partial index has it.
    fresh = sa.text("listings.is_fresh = 1" if work.config.is_sqlite else "listings.is_fresh")
    rows = await work.session.scalars(sa.select(Listing).where(fresh).order_by(Listing.post_id).limit(_AT_ONCE))
    new = rows.all()
    if not new:
        return 0
    ids = [listing.post_id for listing in new]
    words = await search.entries(work, ids)
    searches = await work.session.execute(
        sa.select(SavedSearch, Account.actor_id)
        .join(Account, Account.id == SavedSearch.account_id)
        .where(Account.suspended_at.is_(None))
        .order_by(SavedSearch.id)
    )
    count = 0
    for saved, actor_id in searches.all():
        wanted = filter_of(saved.wanted)
        # Hardly any fits: those are sorted out here, so that the database is asked about the others alone.
        likely = [row.post_id for row in new if _may_fit(row, words.get(row.post_id, frozenset()), wanted)]
        found = await queries.fitting(work, actor_id, wanted, likely) if likely else []
        count += len(found)
        for post_id in sorted(found):
            await _found(work, saved, post_id)
    await work.session.execute(sa.update(Listing).where(Listing.post_id.in_(ids)).values(is_fresh=False))
    return count


async def prune(work: Writing) -> None:
    """Forget what came long ago."""
    await work.session.execute(sa.delete(SavedSearchHit).where(SavedSearchHit.found_at < work.now - _KEPT))


def _may_fit(listing: Listing, words: frozenset[str], wanted: Filter) -> bool:
    """False only where the filter would say no."""
    return (
        (not wanted.purpose or wanted.purpose == listing.purpose)
        and (not wanted.category or wanted.category == listing.category)
        and (not wanted.terms or wanted.terms == listing.terms)
        and (not wanted.delivery or listing.delivery in (wanted.delivery, "both"))
        and (not wanted.industry or listing.industry.startswith(industries.beginnings(wanted.industry)))
        and (not wanted.text or bool(industries.alone(wanted.text)) or search.holds(words, wanted.text))
        and (not wanted.place or (listing.serves_km or 0) >= rules.EVERYWHERE or search.holds(words, wanted.place))
    )


async def _found(work: Writing, saved: SavedSearch, post_id: int) -> None:
    insert = work.insert(SavedSearchHit)
    is_new = await work.session.execute(
        insert.values(search_id=saved.id, post_id=post_id, found_at=work.now)
        .on_conflict_do_nothing(index_elements=["search_id", "post_id"])
        .returning(SavedSearchHit.post_id)
    )
    if is_new.scalar_one_or_none() is None or not await _may_tell(work, saved.account_id):
        return
    # Two searches of one member that find the same tell of it once.
    await notifications.notify(
        work, saved.account_id, "search_found", f"post:{post_id}", post_id=post_id, subject_id=saved.id
    )


async def _may_tell(work: Reading, account_id: int) -> bool:
    told = sa.select(sa.func.count()).where(
        Notification.account_id == account_id,
        Notification.kind == "search_found",
        Notification.created_at > work.now - timedelta(days=1),
    )
    return (await work.session.scalar(told) or 0) < _TOLD_A_DAY


def _one_of(value: str, allowed: Sequence[str] | Mapping[str, str]) -> str:
    return value if value in allowed else ""
