"""Full-text search over people, companies and listings: FTS5 on SQLite, tsvector('simple') on PostgreSQL.

Both get words that node.text folded, so that both give the same hits, blind to case and accents. The last word of a
query matches as a beginning.
"""

import re
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from node.changing import Change
from node.text import words
from node.work import Reading, Writing

# The subject's key is the row's own number: replacing one entry must not read the whole index. Keys of node.ids are
# unique across tables.
SCHEMA: dict[str, tuple[str, ...]] = {
    "sqlite": ("""CREATE VIRTUAL TABLE search_index USING fts5(words, kind UNINDEXED, tokenize = "unicode61")""",),
    "postgresql": (
        """CREATE TABLE search_index (
            rowid bigint PRIMARY KEY,
            kind varchar(10) NOT NULL,
            words text NOT NULL,
            vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED
        )""",
        "CREATE INDEX ix_search_index_vector ON search_index USING gin (vector)",
    ),
}
"""Statements that make the index, by database."""

_index = sa.table(
    "search_index", sa.column("rowid", sa.BigInteger), sa.column("words", sa.Text), sa.column("kind", sa.String)
)


_ADD = Change(sa.insert(_index))
_DROP = Change(sa.delete(_index).where(_index.c.rowid == sa.bindparam("subject")))

# Codes of industries are one word, not two numbers: 10.71 is no part of "10 loaves, 71 rolls".
_CODE = re.compile(r"(?<![\w.])(\d\d)\.(\d\d?)(?![\w.])")


async def index(work: Writing, kind: str, subject_id: int, *texts: str | None) -> None:
    """Put a subject's texts into the index in place of earlier ones. ``kind``: actor or post."""
    await forget(work, subject_id)
    await add(work, kind, {subject_id: entry(*texts)})


async def add(work: Writing, kind: str, entries: Mapping[int, str]) -> None:
    """Put subjects into the index that are not in it, with their words as entry() has them, by key."""
    rows = [{"rowid": key, "kind": kind, "words": found} for key, found in entries.items() if found]
    await _ADD.make_many(work, rows)


def entry(*texts: str | None) -> str:
    """The words of these texts as the index has them."""
    return " ".join(_words(" ".join(text for text in texts if text)))


async def forget(work: Writing, subject_id: int) -> None:
    """Take a subject out of the index."""
    await _DROP.make(work, subject=subject_id)


def matching(work: Reading, kind: str, query: str) -> sa.Select[tuple[int]] | None:
    """A sub-select of the ids of subjects that hold every word of the query; None when it has no word."""
    wanted = _words(query, limit=12)
    if not wanted:
        return None
    chosen = sa.select(_index.c.rowid).where(_index.c.kind == kind)
    if work.config.is_sqlite:
        phrase = " ".join([*(f'"{word}"' for word in wanted[:-1]), f'"{wanted[-1]}"*'])
        return chosen.where(sa.text("search_index MATCH :phrase").bindparams(phrase=phrase))
    phrase = " & ".join([*(f"'{word}'" for word in wanted[:-1]), f"'{wanted[-1]}':*"])
    return chosen.where(sa.text("vector @@ to_tsquery('simple', :phrase)").bindparams(phrase=phrase))


async def entries(work: Reading, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The words of these subjects as the index has them."""
    rows = await work.session.execute(sa.select(_index.c.rowid, _index.c.words).where(_index.c.rowid.in_(ids)))
    return {row.rowid: frozenset(row.words.split()) for row in rows}


def holds(entry: frozenset[str], query: str) -> bool:
    """Whether an entry has every word of a query, as ``matching`` says it; a query without a word fits nothing."""
    wanted = _words(query, limit=12)
    return (
        bool(wanted)
        and all(word in entry for word in wanted[:-1])
        and any(word.startswith(wanted[-1]) for word in entry)
    )


def _words(text: str, limit: int = 2000) -> list[str]:
    return words(_CODE.sub(r"n\1\2", text), limit)
