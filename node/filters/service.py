"""Filters of a member: kept here, looked at when posts are shown."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from node.access import can_read
from node.accounts.model import Account
from node.asking import NOW, Question, given
from node.errors import Invalid, NotFound
from node.filters.model import Filter, FilterPost, FilterWord
from node.ids import new_id
from node.words import N_, Message
from node.work import Node, Reading, Writing

TOPIC = "filters"
"""What open streams listen to."""
CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide", "blur")
MOST = 100
MOST_WORDS = 200
"""Words and posts of one filter."""
MOST_TOGETHER = 500
"""Words of all filters of a member: each is looked for in every post on a page."""
_TITLE, _WORD = 200, 200
_LOOKED_AT = 6_000
"""Characters of a post."""
_PLACES = 20
"""Where a word stands in a text without being whole, before it counts as not being there."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """A word as an app sends it: new without ``id``, taken away with ``is_dropped``."""

    id: int | None
    text: str | None
    is_whole_word: bool | None
    is_dropped: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A filter with what it looks for."""

    filter: Filter
    words: tuple[FilterWord, ...]
    posts: tuple[FilterPost, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A filter that found something."""

    whole: Whole
    words: tuple[str, ...]
    post_ids: tuple[int, ...]


@asynccontextmanager
async def changing(node: Node, account_id: int) -> AsyncIterator[Writing]:
    """A unit after which the open apps of an account fetch its filters anew."""
    async with node.writing() as work:
        yield work
        work.tell(account_id, TOPIC)


async def make(
    work: Writing, account_id: int, title: str, contexts: Sequence[str], action: str, expires_in: int | None
) -> Filter:
    """A new filter without words. Raises Invalid."""
    await work.count_alone("filters", account_id)
    count = await work.session.scalar(
        sa.select(sa.func.count()).select_from(Filter).where(Filter.account_id == account_id)
    )
    if (count or 0) >= MOST:
        raise Invalid(message=Message(N_("Please give at most %(most)d."), {"most": MOST}))
    row = Filter(id=new_id(work.now), account_id=account_id, title="", contexts=[], created_at=work.now)
    work.session.add(row)
    set_title(row, title)
    set_contexts(row, contexts)
    set_action(row, action)
    row.expires_at = _end(work, expires_in)
    await work.session.flush()
    return row


def set_title(row: Filter, title: str) -> None:
    title = " ".join(title.split())
    if not title:
        raise Invalid({"title": N_("This is missing.")})
    if len(title) > _TITLE:
        raise Invalid({"title": Message(N_("This is longer than %(most)d characters."), {"most": _TITLE})})
    row.title = title


def set_contexts(row: Filter, contexts: Sequence[str]) -> None:
    if not contexts or not set(contexts) <= set(CONTEXTS):
        raise Invalid({"context": N_("Please choose one of these.")})
    row.contexts = list(dict.fromkeys(contexts))


def set_action(row: Filter, action: str) -> None:
    if action not in ACTIONS:
        raise Invalid({"filter_action": N_("Please choose one of these.")})
    row.action = action


async def set_end(work: Writing, row: Filter, expires_in: int | None) -> None:
    """So many seconds from now; None for ever."""
    row.expires_at = _end(work, expires_in)


def _end(work: Writing, expires_in: int | None) -> datetime | None:
    return None if expires_in is None else work.now + timedelta(seconds=max(0, min(expires_in, 10 * 365 * 86400)))


async def one(work: Reading, account_id: int, filter_id: int) -> Filter:
    """Raises NotFound."""
    row = await work.session.get(Filter, filter_id)
    if row is None or row.account_id != account_id:
        raise NotFound
    return row


async def drop(work: Writing, account_id: int, filter_id: int) -> None:
    """Raises NotFound."""
    await work.session.delete(await one(work, account_id, filter_id))
    await work.session.flush()


async def change_words(work: Writing, row: Filter, changes: Iterable[WordChange]) -> None:
    """Add, change and take away words of a filter. Raises NotFound, Invalid."""
    for change in changes:
        if change.id is None:
            if not change.is_dropped:
                await add_word(work, row, change.text or "", bool(change.is_whole_word))
            continue
        word = await work.session.get(FilterWord, change.id)
        if word is None or word.filter_id != row.id:
            raise NotFound
        if change.is_dropped:
            await work.session.delete(word)
        else:
            set_word(word, word.text if change.text is None else change.text, change.is_whole_word)
    await work.session.flush()


async def add_word(work: Writing, row: Filter, text: str, is_whole_word: bool) -> FilterWord:
    """Raises Invalid."""
    await work.count_alone("filters", row.account_id)
    count = await work.session.scalar(
        sa.select(sa.func.count()).select_from(FilterWord).where(FilterWord.filter_id == row.id)
    )
    if (count or 0) >= MOST_WORDS:
        raise Invalid({"keywords": Message(N_("Please give at most %(most)d."), {"most": MOST_WORDS})})
    together = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(FilterWord)
        .join(Filter, Filter.id == FilterWord.filter_id)
        .where(Filter.account_id == row.account_id)
    )
    if (together or 0) >= MOST_TOGETHER:
        raise Invalid({"keywords": Message(N_("Please give at most %(most)d."), {"most": MOST_TOGETHER})})
    word = FilterWord(id=new_id(work.now), filter_id=row.id, text="")
    set_word(word, text, is_whole_word)
    work.session.add(word)
    await work.session.flush()
    return word


def set_word(word: FilterWord, text: str, is_whole_word: bool | None) -> None:
    text = " ".join(text.split())
    if not text:
        raise Invalid({"keyword": N_("This is missing.")})
    if len(text) > _WORD:
        raise Invalid({"keyword": Message(N_("This is longer than %(most)d characters."), {"most": _WORD})})
    word.text = text
    if is_whole_word is not None:
        word.is_whole_word = is_whole_word


async def word_of(work: Reading, account_id: int, word_id: int) -> FilterWord:
    """A word of any filter of this account. Raises NotFound."""
    word = await work.session.get(FilterWord, word_id)
    if word is None:
        raise NotFound
    await one(work, account_id, word.filter_id)
    return word


async def add_post(work: Writing, row: Filter, viewer_id: int, post_id: int) -> FilterPost:
    """Name a post the member can read. Raises NotFound, Invalid."""
    if not await can_read(work, viewer_id, post_id):
        raise NotFound
    await work.count_alone("filters", row.account_id)
    known = (await work.session.scalars(sa.select(FilterPost).where(FilterPost.filter_id == row.id))).all()
    for named in known:
        if named.post_id == post_id:
            return named
    if len(known) >= MOST_WORDS:
        raise Invalid({"status_id": Message(N_("Please give at most %(most)d."), {"most": MOST_WORDS})})
    made = FilterPost(id=new_id(work.now), filter_id=row.id, post_id=post_id)
    work.session.add(made)
    await work.session.flush()
    return made


async def post_of(work: Reading, account_id: int, id: int) -> FilterPost:
    """A post named by any filter of this account. Raises NotFound."""
    named = await work.session.get(FilterPost, id)
    if named is None:
        raise NotFound
    await one(work, account_id, named.filter_id)
    return named


async def whole(work: Reading, rows: Sequence[Filter]) -> list[Whole]:
    """These filters with what they look for."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    words: dict[int, list[FilterWord]] = {}
    posts: dict[int, list[FilterPost]] = {}
    for word in await work.session.scalars(
        sa.select(FilterWord).where(FilterWord.filter_id.in_(ids)).order_by(FilterWord.id)
    ):
        words.setdefault(word.filter_id, []).append(word)
    for named in await work.session.scalars(
        sa.select(FilterPost).where(FilterPost.filter_id.in_(ids)).order_by(FilterPost.id)
    ):
        posts.setdefault(named.filter_id, []).append(named)
    return [Whole(row, tuple(words.get(row.id, ())), tuple(posts.get(row.id, ()))) for row in rows]


async def owned(work: Reading, account_id: int) -> list[Whole]:
    """The filters of an account, also those that ended, the oldest first."""
    chosen = sa.select(Filter).where(Filter.account_id == account_id).order_by(Filter.id)
    return await whole(work, (await work.session.scalars(chosen)).all())


class _Key(NamedTuple):
    id: int


_HAS_FILTERS = Question(
    _Key,
    sa.select(Filter.id)
    .join(Account, Account.id == Filter.account_id)
    .where(Account.actor_id == given("owner"), sa.or_(Filter.expires_at.is_(None), Filter.expires_at > NOW))
    .limit(1),
)


async def of_actor(work: Reading, actor_id: int) -> list[Whole]:
    """The filters of a member that count now."""
    if await _HAS_FILTERS.first(work, owner=actor_id, now=work.now) is None:
        return []
    rows = await work.session.scalars(
        sa.select(Filter)
        .join(Account, Account.id == Filter.account_id)
        .where(Account.actor_id == actor_id, sa.or_(Filter.expires_at.is_(None), Filter.expires_at > work.now))
        .order_by(Filter.id)
    )
    return await whole(work, rows.all())


def matching(filters: Sequence[Whole], texts: Mapping[int, str]) -> dict[int, list[Match]]:
    """Which filters find something in these posts, given by key with all their text.

    Plain words looked for one by one: what a member types is never a pattern, and cannot be made to take long.
    """
    found: dict[int, list[Match]] = {}
    folded = {post_id: text[:_LOOKED_AT].casefold() for post_id, text in texts.items()}
    left = MOST_TOGETHER
    for one in filters:
        words = [(word.text.casefold(), word.is_whole_word) for word in one.words[:left]]
        left -= len(words)
        named = {row.post_id for row in one.posts}
        for post_id, text in folded.items():
            hits = tuple(dict.fromkeys(word for word, is_whole in words if _is_in(text, word, is_whole)))
            if hits or post_id in named:
                found.setdefault(post_id, []).append(Match(one, hits, (post_id,) if post_id in named else ()))
    return found


def _is_in(text: str, word: str, is_whole: bool) -> bool:
    """Whether a word stands in a text; a whole one only where no letter touches its ends."""
    if not is_whole:
        return word in text
    at = -1
    for _ in range(_PLACES):
        at = text.find(word, at + 1)
        if at < 0:
            return False
        end = at + len(word)
        begins = at == 0 or not (_is_letter(word[0]) and _is_letter(text[at - 1]))
        if begins and (end == len(text) or not (_is_letter(word[-1]) and _is_letter(text[end]))):
            return True
    return False


def _is_letter(sign: str) -> bool:
    return sign.isalnum() or sign == "_"
