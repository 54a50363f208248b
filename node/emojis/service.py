"""Small pictures in the texts and names of others: remembered by host, found where they are used."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa

from node.asking import Question, among, given
from node.emojis.model import Emoji
from node.ids import new_id
from node.work import Reading, Writing
from schemas import emoji as wire

MOST = 5_000
"""Kept of one host."""
ALTOGETHER = 100_000
"""Kept of all hosts."""
_FRESH = timedelta(days=30)
_FORGOTTEN = timedelta(days=180)
"""After which a picture that nobody writes any more is not kept."""
_USED = re.compile(r":([A-Za-z0-9_.+-]{1,100}):", re.ASCII)
_AT_ONCE = 200  # different ones looked up for one page

Shown = Mapping[str, str]
"""Paths of pictures on this node by shortcode."""


@dataclass(frozen=True, slots=True)
class Worded:
    """Texts by somebody of ``host``."""

    host: str
    texts: Sequence[str]


async def keep(work: Writing, host: str, found: Sequence[wire.Emoji]) -> None:
    """Remember what a document of ``host`` brought along."""
    if not found:
        return
    names = [one.shortcode for one in found]
    rows = await work.session.scalars(sa.select(Emoji).where(Emoji.host == host, Emoji.shortcode.in_(names)))
    known = {row.shortcode: row for row in rows}
    new = []
    for one in found:
        row = known.get(one.shortcode)
        if row is None:
            new.append(one)
        elif row.url != one.url:
            row.url, row.digest, row.seen_at = one.url, None, work.now
        elif row.seen_at < work.now - _FRESH:
            row.seen_at = work.now
    if not new:
        return
    await work.count_alone("emojis", host)
    count = await work.session.scalar(sa.select(sa.func.count()).select_from(Emoji).where(Emoji.host == host)) or 0
    insert = work.insert(Emoji)
    for one in new[: max(0, MOST - count)]:
        await work.session.execute(
            insert.values(
                id=new_id(work.now), host=host, shortcode=one.shortcode, url=one.url, seen_at=work.now
            ).on_conflict_do_nothing(index_elements=["host", "shortcode"])
        )


async def prune(work: Writing) -> None:
    """Housekeeping: forget what was not seen for half a year, and the oldest of what is more than fits."""
    latest = sa.select(Emoji.id).order_by(Emoji.seen_at.desc(), Emoji.id.desc()).limit(ALTOGETHER)
    await work.session.execute(
        sa.delete(Emoji)
        .where(sa.or_(Emoji.seen_at < work.now - _FORGOTTEN, Emoji.id.not_in(latest)))
        .execution_options(synchronize_session=False)
    )


def path_of(emoji_id: int) -> str:
    """Where our copy is shown; it is fetched when somebody first looks."""
    return f"/media/emojis/{emoji_id}"


def used(texts: Iterable[str]) -> set[str]:
    """The words between colons in these texts."""
    return {word for text in texts if text and ":" in text for word in _USED.findall(text)}


class _Drawn(NamedTuple):
    id: int
    host: str
    shortcode: str


_DRAWN = Question(
    _Drawn,
    sa.select(Emoji.id, Emoji.host, Emoji.shortcode)
    .where(among(Emoji.host, "hosts"), among(Emoji.shortcode, "words"))
    .limit(given("most")),
)


async def shown(work: Reading, worded: Mapping[int, Worded]) -> dict[int, Shown]:
    """What of the words between colons is a picture, for each of these texts; most have none, and cost nothing."""
    words = {key: (one.host, used(one.texts)) for key, one in worded.items()}
    wanted = {(host, word) for host, found in words.values() for word in found}
    if not wanted:
        return {}
    rows = await _DRAWN.ask(
        work,
        hosts={host for host, _ in wanted},
        words=sorted({word for _, word in wanted})[:_AT_ONCE],
        most=_AT_ONCE * 5,
    )
    paths = {(host, shortcode): path_of(id) for id, host, shortcode in rows}
    return {
        key: found
        for key, (host, used_here) in words.items()
        if (found := {word: paths[host, word] for word in used_here if (host, word) in paths})
    }
