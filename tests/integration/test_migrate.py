"""A fresh database and one brought up by migrations are the same."""

import asyncio
import dataclasses
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from node import migrate
from node.config import Config, load_config
from node.db import WRITING, open_engine
from node.errors import Misconfigured
from node.tables import Base
from support.databases import Databases
from support.migrating import contents, fill, kill_at_each, make_old


def _shape(connection: sa.Connection) -> dict[str, Any]:
    inspector = sa.inspect(connection)
    shape: dict[str, Any] = {}
    for table in inspector.get_table_names():
        if table.startswith("search_index"):
            continue
        shape[table] = {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)),
            "indexes": sorted((str(i["name"]), i["column_names"], i["unique"]) for i in inspector.get_indexes(table)),
            "uniques": sorted((u["column_names"]) for u in inspector.get_unique_constraints(table)),
            "foreign": sorted(
                (f["constrained_columns"], f["referred_table"], str(f["options"].get("ondelete")))
                for f in inspector.get_foreign_keys(table)
            ),
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
        }
    return shape


async def _read(config: Config) -> dict[str, Any]:
    engine = open_engine(config.database)
    async with engine.connect() as connection:
        shape = await connection.run_sync(_shape)
        shape["search"] = (await connection.execute(sa.text("SELECT rowid, kind, words FROM search_index"))).keys()
    await engine.dispose()
    return shape


@pytest.fixture(params=["sqlite", "postgres"])
async def config(
    request: pytest.FixtureRequest, databases: dict[str, Databases], tmp_path: Path
) -> AsyncIterator[Config]:
    """A database of its own, for these tests take the schema apart."""
    kind = databases[request.param]
    address = await kind.take()
    yield load_config(allow_http=True, url="http://a.test", data=tmp_path / "data", database_url=address)
    await kind.drop(address)


async def test_models_and_migrations_make_the_same_schema(config: Config) -> None:
    await migrate.migrate(config)
    fresh = await _read(config)
    engine = open_engine(config.database)
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.run_sync(_empty)
    await engine.dispose()
    await migrate.migrate(config)
    migrated = await _read(config)
    assert set(fresh) == set(migrated)
    for table, shape in fresh.items():
        assert migrated[table] == shape, table


def _empty(connection: sa.Connection) -> None:
    from node.tables import metadata

    metadata.drop_all(connection)
    connection.execute(sa.text("DROP TABLE search_index"))
    connection.execute(
        sa.text("DELETE FROM alembic_version")
    )  # an empty version table makes alembic start at the first


async def test_an_older_or_unknown_schema_is_refused(config: Config) -> None:
    await migrate.migrate(config)
    assert await migrate.current(config) == migrate.newest()
    engine = open_engine(config.database)
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(Misconfigured, match="newer program"):
        await migrate.ensure(config)


async def test_without_migrate_on_start_an_empty_database_is_refused(config: Config) -> None:
    await _drop_all(config)
    with pytest.raises(Misconfigured, match="commensal migrate"):
        await migrate.ensure(dataclasses.replace(config, migrate_on_start=False))


NEW: dict[str, dict[str, dict[str, Any]]] = {
    "0002": {
        "access_tokens": {"expires_at": None, "refresh_hash": None},
        "activities": {"is_forwarded": False},
        "actors": dict.fromkeys(("limited_at", "moved_at", "history_at", "polled_at", "featured_at")),
        "associations": {"federation_mode": "open", "secure_mode": False},
        "follows": {"shows_boosts": True, "notifies": False},
        "media": {"focus_x": None, "focus_y": None},
        "peers": {
            **dict.fromkeys(("knocked_at", "silent_at", "limited_at", "agreed_at", "polled_at")),
            "note": "",
        },
        "posts": {
            **dict.fromkeys(
                ("boost_of_id", "quoted_uri", "quoted_id", "circle_id", "replies_total", "replies_known_at")
            ),
            "title": "",
            "likes": 0,
            "boosts": 0,
            "replies": 0,
            "is_history": False,
        },
    },
    "0003": {
        "access_tokens": {"spent_hash": None},
        "accounts": {
            "wants_digest": True,
            "digest_due_at": None,
            "posts_to": "public",
            "posts_are_sensitive": False,
            "posts_in": "",
        },
        "letters": {"html": "", "unsubscribe_url": ""},
        "received": {"signature": None},
        "actors": {"industry": ""},
        "associations": {"offers_a_week": 3, "shows_previews": True},
        "connections": {"born_of_id": None},
        "posts": {"preview_id": None, "may_quote": None},
        "push_subscriptions": {"token": None},
        "peers": {"one_way_full_at": None, "one_way_refused": 0},
        "listings": {
            **dict.fromkeys(("tax_rate", "serves_km", "reminded_at", "answers_uri", "answers_id", "test_url")),
            "industry": "",
            "delivery": "",
            "is_fresh": False,
        },
    },
}
"""What each revision adds to what stood in the tables before it."""


def _grown(before: dict[str, list[dict[str, Any]]], since: str) -> dict[str, dict[str, Any]]:
    """The rows that stood there before, with what the revisions after ``since`` add."""
    return {
        name: rows[0]
        | {k: v for revision, new in NEW.items() if revision > since for k, v in new.get(name, {}).items()}
        for name, rows in before.items()
    }


async def test_what_stands_in_every_table_survives_a_migration_that_is_killed(config: Config) -> None:
    """Killed early, in the middle, late and at its very end, it leaves nothing behind; the next one carries through."""
    await _drop_all(config)
    await make_old(config, "0001")
    assert await migrate.current(config) == "0001"
    before = await fill(config)
    assert all(rows for rows in before.values())
    ends = await asyncio.to_thread(kill_at_each, config, [3, 30, 60, 95, 0])
    assert ends == [-signal.SIGKILL] * 5, "it was killed each time, and began anew each time"
    assert await migrate.current(config) == "0001"
    assert await contents(config) == before, "all or nothing"
    await migrate.migrate(config)
    assert await migrate.current(config) == migrate.newest()
    after = await contents(config)
    assert {name: after[name][0] for name in before} == _grown(before, "0001")
    assert [name for name, rows in after.items() if len(rows) != (name in before)] == []
    engine = open_engine(config.database)
    async with AsyncSession(engine) as session:
        for mapper in Base.registry.mappers:
            found = (await session.scalars(sa.select(mapper.class_))).all()
            assert len(found) == (mapper.local_table.name in before), mapper  # type: ignore[attr-defined]
    if config.is_sqlite:
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("PRAGMA integrity_check"))).scalar() == "ok"
            assert (await connection.execute(sa.text("PRAGMA foreign_key_check"))).all() == []
    await engine.dispose()
    migrated = await _read(config)
    await _drop_all(config)
    await migrate.migrate(config)
    assert migrated == await _read(config), "as if it had been made new"


async def test_what_stands_in_every_table_survives_the_last_migration(config: Config) -> None:
    """From the revision before the newest, with a company and an offer whose trades become something to look for."""
    await _drop_all(config)
    await make_old(config, "0002")
    await fill(config)
    engine = open_engine(config.database)
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.execute(sa.text("UPDATE companies SET trade_code = '10.71'"))
        await connection.execute(sa.text("UPDATE listings SET title = 'Bakery', state = 'open'"))
    await engine.dispose()
    before = await contents(config)
    await migrate.migrate(config)
    after = await contents(config)
    expected = _grown(before, "0002")
    expected["actors"]["industry"] = "10.71"
    words = after["search_index"][0]["words"].split()
    assert (words[0], {"n1071", "backerei", "boulangerie"} <= set(words)) == ("bread", True)
    expected["search_index"] = after["search_index"][0]
    assert {name: after[name][0] for name in before} == expected


async def _drop_all(config: Config) -> None:
    engine = open_engine(config.database)
    async with engine.execution_options(**{WRITING: True}).begin() as connection:
        await connection.run_sync(_empty)
        await connection.execute(sa.text("DROP TABLE alembic_version"))
    await engine.dispose()
