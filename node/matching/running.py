"""Finds for one member, or for all by night, whose asks they can answer and what helps them, and tells them once.

What a member offers and seeks is in their own open listings and on their page. The other side is told by its own node.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from node import zones
from node.access import listed
from node.accounts.model import Account
from node.actors.model import Actor
from node.associations.model import Association
from node.db import some
from node.errands import service as errands
from node.errands.model import Errand
from node.ids import new_id
from node.listings.model import Listing
from node.matching import reading, terms
from node.matching.model import ListingReading, ListingWord, Match
from node.matching.scoring import Rarity, Score, Side, best, both_ways
from node.matching.terms import INDUSTRY, Term
from node.members.model import HostCard, Member, ProfileField
from node.notifications import service as notifications
from node.posts.model import Post
from node.settings.model import Setting
from node.work import Node, Reading, Writing

KIND = "matching"
"""The errand that does part of a night's run."""
KEPT = 50
"""Matches kept for a member on either side; pages show the best of them."""
_CANDIDATES = 80
_OWN = 40
"""Of somebody's listings, the newest."""
_POSTINGS = 3000
"""Places of words that are looked up to find candidates, the rarest words first."""
_LEG = timedelta(seconds=40)
"""How long one errand goes on before it leaves the rest to the next."""
_NIGHT = 2
"""The hour after which a run begins, by the clock of the association."""
_SETTING = "matching"
_OTHER = {"offer": "request", "request": "offer"}
_BANDS = ((5.0, 6), (3.5, 4), (0.0, 2))
"""Rarity from which on a shared word counts so much when candidates are looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that fits a member."""

    post_id: int
    author_id: int
    purpose: str
    own_id: int | None
    score: Score


async def match_now(node: Node, account_id: int, actor_id: int) -> int:
    """Look for one member at once. Returns how many fit that did not before."""
    await reading.look_in(node, actor_id)
    return await _match(node, account_id, is_watched=True)


async def nightly(work: Writing) -> None:
    """Housekeeping: have a run made once a night. A new node has nothing to look for before its first one."""
    zone = await work.session.scalar(sa.select(Association.time_zone).limit(1)) or work.config.time_zone
    local = work.now.astimezone(ZoneInfo(zone if zone in zones.names() else "UTC"))
    night = (local - timedelta(hours=_NIGHT)).date().isoformat()
    last = await work.session.get(Setting, _SETTING)
    if last is None:
        work.session.add(Setting(name=_SETTING, value=night))
    elif last.value != night:
        last.value = night
        await reading.forget_closed(work)
        await errands.ask(work, KIND, night, after=0)


async def carry_on(node: Node, errand: Errand) -> None:
    """Do a part of a night's run; the same part twice does no harm."""
    begun = node.clock()
    after = int(errand.details.get("after", 0))
    if not after and not await reading.catch_up(node):
        async with node.writing() as work:
            await errands.ask(work, KIND, errand.subject, after=0)
        return
    while True:
        async with node.reading() as work:
            ids = await _members(work, after)
        if not ids:
            return
        for account_id in ids:
            await _match(node, account_id)
            after = account_id
            await asyncio.sleep(0)
            if node.clock() - begun >= _LEG:
                async with node.writing() as work:
                    await errands.ask(work, KIND, errand.subject, after=after)
                return


async def _match(node: Node, account_id: int, *, is_watched: bool = False) -> int:
    async with node.reading() as work:
        actor_id = await work.session.scalar(
            sa.select(Account.actor_id).where(Account.id == account_id, Account.suspended_at.is_(None))
        )
        found = await find(work, actor_id) if actor_id is not None else []
        is_same = actor_id is None or await _is_known(work, account_id, found)
    if is_same:  # most nights bring most members nothing, and need not wait for the one who writes
        return 0
    assert actor_id is not None
    async with node.writing() as work:
        return await _keep(work, account_id, actor_id, found, is_watched=is_watched)


async def _members(work: Reading, after: int) -> Sequence[int]:
    found = await work.session.scalars(
        sa.select(Account.id)
        .join(Member, Member.actor_id == Account.actor_id)
        .where(
            Account.id > after,
            Account.suspended_at.is_(None),
            Account.claimed_at.is_not(None),
            Member.ended_at.is_(None),
        )
        .order_by(Account.id)
        .limit(200)
    )
    return found.all()


# finding


async def find(work: Reading, actor_id: int) -> list[Found]:
    """What fits a member now, the best first on either side."""
    sides = await _own(work, actor_id)
    found: list[Found] = []
    for purpose in ("request", "offer"):
        own = [side for side in sides if side.purpose == _OTHER[purpose] and side.terms]
        found += await _on_one_side(work, actor_id, own, purpose)
    authors = {purpose: {one.author_id for one in found if one.purpose == purpose} for purpose in _OTHER}
    mutual = authors["offer"] & authors["request"]
    found = [
        Found(one.post_id, one.author_id, one.purpose, one.own_id, both_ways(one.score))
        if one.author_id in mutual
        else one
        for one in found
    ]
    found.sort(key=lambda one: (-one.score.points, -one.post_id))
    return [
        one for purpose in ("request", "offer") for one in [each for each in found if each.purpose == purpose][:KEPT]
    ]


async def _on_one_side(work: Reading, actor_id: int, own: list[Side], purpose: str) -> list[Found]:
    if not own:
        return []
    wanted = {term for side in own for term in side.terms}
    rarity = await _rarity(work, purpose, wanted)
    usable = {term for term in rarity.having if not rarity.is_common(term)}
    own = [replace(side, terms={term: side.terms[term] for term in side.terms.keys() & usable}) for side in own]
    ids = await _candidates(work, rarity, purpose)
    found = []
    for other in await _sides(work, actor_id, ids, purpose, usable):
        near = [side for side in own if side.terms.keys() & other.terms.keys()]
        fit = best(near, other, rarity, work.now)
        if fit is not None and other.id is not None:
            found.append(Found(other.id, other.author_id, purpose, fit[0].id, fit[1]))
    return found


async def _rarity(work: Reading, purpose: str, wanted: set[str]) -> Rarity:
    """How many listings of this side have each of the words; those that none has are left out."""
    total = await work.session.scalar(sa.select(sa.func.count()).select_from(ListingReading)) or 0
    rows = await work.session.execute(
        sa.select(ListingWord.term, sa.func.count())
        .where(ListingWord.purpose == purpose, ListingWord.term.in_(some(wanted)))
        .group_by(ListingWord.term)
    )
    return Rarity(total // 2, dict(rows.all()))


async def _candidates(work: Reading, rarity: Rarity, purpose: str) -> Sequence[int]:
    """Listings that share the most telling words, best first."""
    telling: list[str] = []
    places = 0
    for term in sorted(rarity.having, key=lambda term: (rarity.having[term], term)):
        places += rarity.having[term]
        if telling and (rarity.is_common(term) or places > _POSTINGS):
            break
        telling.append(term)
    if not telling:
        return []
    bands = [
        (ListingWord.term.in_(some(band)), worth)
        for (least, worth), above in zip(_BANDS, (float("inf"), *(least for least, _ in _BANDS)), strict=False)
        if (band := [term for term in telling if least <= rarity.of(term) < above])
    ]
    points = sa.func.sum(ListingWord.weight * sa.case(*bands, else_=1))
    found = await work.session.scalars(
        sa.select(ListingWord.post_id)
        .where(ListingWord.purpose == purpose, ListingWord.term.in_(some(telling)))
        .group_by(ListingWord.post_id)
        .order_by(points.desc(), ListingWord.post_id.desc())
        .limit(_CANDIDATES)
    )
    return found.all()


async def _sides(work: Reading, viewer_id: int, ids: Sequence[int], purpose: str, of_own: set[str]) -> list[Side]:
    """These listings as matching looks at them, with the words in ``of_own`` only; without what the viewer may not
    read or does not want to meet."""
    if not ids:
        return []
    rows = await work.session.execute(
        _LOOKED_AT.where(
            Post.id.in_(some(ids)),
            Post.author_id != viewer_id,
            Post.visibility != "direct",  # its addressee knows of it, or would rather not
            Listing.purpose == purpose,
            Listing.state == "open",
            sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now),
            listed(viewer_id),
        )
    )
    words: dict[int, dict[str, Term]] = {}
    for term, post_id, word, weight in await work.session.execute(
        sa.select(ListingWord.term, ListingWord.post_id, ListingWord.word, ListingWord.weight).where(
            ListingWord.post_id.in_(some(ids)), ListingWord.term.in_(some(of_own))
        )
    ):
        words.setdefault(post_id, {})[term] = Term(word, weight)
    house = await reading.language_of_house(work)
    return [_side(row, words.get(row.id, {}), house) for row in rows]


_LOOKED_AT = (
    sa.select(
        Post.id, Post.author_id, Post.language, Post.published_at, Listing.purpose, Listing.category, Listing.place,
        Listing.latitude, Listing.longitude, Listing.serves_km, Listing.price, Listing.currency,
        Listing.unit, Listing.terms, Listing.barter, HostCard.languages,
    )
    .join(Listing, Listing.post_id == Post.id)
    .join(HostCard, HostCard.actor_id == Post.author_id, isouter=True)
)  # fmt: skip


def _side(row: Any, words: dict[str, Term], house: str) -> Side:
    spoken = [*(row.languages or ()), row.language or ""]
    return Side(
        id=row.id,
        author_id=row.author_id,
        purpose=row.purpose,
        terms=words,
        category=row.category,
        place=row.place.strip(),
        latitude=row.latitude,
        longitude=row.longitude,
        serves_km=row.serves_km,
        price=row.price if row.terms == "price" else None,
        currency=row.currency,
        unit=row.unit,
        is_gift=row.terms == "gift",
        barter=frozenset(_stems(row.barter, row.language or house)),
        languages=frozenset(_primary(spoken)),
        at=row.published_at,
    )


async def _own(work: Reading, actor_id: int) -> list[Side]:
    """What a member offers and seeks: the newest of their open listings, and what their page says."""
    ids = (
        await work.session.scalars(
            sa.select(Post.id)
            .join(Listing, Listing.post_id == Post.id)
            .where(
                Post.author_id == actor_id,
                Post.visibility != "direct",
                Post.deleted_at.is_(None),
                Listing.state == "open",
                sa.or_(Listing.expires_at.is_(None), Listing.expires_at > work.now),
            )
            .order_by(Post.id.desc())
            .limit(_OWN)
        )
    ).all()
    rows = (await work.session.execute(_LOOKED_AT.where(Post.id.in_(some(ids))))).all() if ids else []
    words: dict[int, dict[str, Term]] = {}
    for term, post_id, word, weight in await work.session.execute(
        sa.select(ListingWord.term, ListingWord.post_id, ListingWord.word, ListingWord.weight).where(
            ListingWord.post_id.in_(some(ids))
        )
    ):
        words.setdefault(post_id, {})[term] = Term(word, weight)
    house = await reading.language_of_house(work)
    sides = [_side(row, words.get(row.id, {}), house) for row in rows]
    return [*sides, *(await _of_page(work, actor_id, house))]


async def _of_page(work: Reading, actor_id: int, house: str) -> list[Side]:
    """A trade is an offer also of those who never put one up."""
    row = (
        await work.session.execute(
            sa.select(Actor.industry, Account.language, HostCard.languages)
            .join(Account, Account.actor_id == Actor.id)
            .join(HostCard, HostCard.actor_id == Actor.id, isouter=True)
            .where(Actor.id == actor_id)
        )
    ).one_or_none()
    if row is None:
        return []
    lines = await work.session.execute(
        sa.select(ProfileField.name, ProfileField.value).where(
            ProfileField.actor_id == actor_id, ProfileField.name.in_(("trade", "offers", "helps", "seeks", "place"))
        )
    )
    said = dict(lines.all())
    spoken = frozenset(_primary(row.languages or [row.language]))
    offers = " ".join(said.get(name, "") for name in ("trade", "offers", "helps"))

    def side(purpose: str, text: str, industry: str) -> Side:
        return Side(
            id=None,
            author_id=actor_id,
            purpose=purpose,
            terms=terms.terms(text, "", language=row.language or house, industry=industry),
            place=said.get("place", ""),
            languages=spoken,
        )

    return [side("offer", offers, row.industry), side("request", said.get("seeks", ""), "")]


def _stems(text: str, language: str) -> Iterable[str]:
    return (term for term in terms.terms(text, "", language=language) if not term.startswith(INDUSTRY))


def _primary(languages: Iterable[str]) -> Iterable[str]:
    return (language.partition("-")[0].lower() for language in languages if language)


# keeping


async def _is_known(work: Reading, account_id: int, found: list[Found]) -> bool:
    """Whether all of it is kept already as it is now."""
    rows = await work.session.execute(
        sa.select(Match.post_id, Match.score).where(Match.account_id == account_id, Match.score > 0)
    )
    return dict(rows.all()) == {one.post_id: one.score.points for one in found}


async def _keep(work: Writing, account_id: int, actor_id: int, found: list[Found], *, is_watched: bool) -> int:
    """Write down what fits now. Returns how much of it is new; the member is told of that, unless they look on."""
    rows = await work.session.execute(sa.select(Match.post_id, Match.score).where(Match.account_id == account_id))
    known = dict(rows.all())
    fresh = [one for one in found if one.post_id not in known]
    changed = [one for one in found if known.get(one.post_id) != one.score.points]
    if changed:
        insert = work.insert(Match)
        new = insert.excluded
        await work.session.execute(
            insert.on_conflict_do_update(
                index_elements=["account_id", "post_id"],
                set_={"purpose": new.purpose, "own_id": new.own_id, "score": new.score, "reasons": new.reasons},
            ),
            [
                {
                    "id": new_id(work.now),
                    "account_id": account_id,
                    "post_id": one.post_id,
                    "purpose": one.purpose,
                    "own_id": one.own_id,
                    "score": one.score.points,
                    "reasons": one.score.reasons,
                    "state": "new",
                    "told_at": work.now,
                    "created_at": work.now,
                }
                for one in changed
            ],
        )
    fits = {one.post_id for one in found}
    over = [post_id for post_id, points in known.items() if points and post_id not in fits]
    if over:  # kept, so that nobody is told twice
        await work.session.execute(
            sa.update(Match).where(Match.account_id == account_id, Match.post_id.in_(some(over))).values(score=0)
        )
    if fresh and not is_watched:
        first = max(fresh, key=lambda one: one.score.points)
        await notifications.notify(
            work,
            account_id,
            "match",
            f"match:{first.post_id}",
            actor_id=first.author_id,
            post_id=first.post_id,
            visible_at=await notifications.may_disturb_at(work, actor_id),
        )
    return len(fresh)


async def prune(work: Writing) -> None:
    """Housekeeping: forget what fitted once and is long over."""
    ended = work.now - timedelta(days=work.config.history_days + 180)
    await work.session.execute(sa.delete(Match).where(Match.score == 0, Match.created_at < ended))
