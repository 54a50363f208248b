"""Fixtures for nodes that run as processes of their own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.databases import Databases
from support.processes import Build, Place

KINDS = ("sqlite", "postgres")


@pytest.fixture(params=KINDS)
async def build(
    request: pytest.FixtureRequest, databases: dict[str, Databases], tmp_path: Path
) -> AsyncIterator[Build]:
    """``await build("alpha")``: a place for a node, on a file of its own or on a PostgreSQL. Nothing runs yet."""
    kind = databases[request.param]
    places: list[Place] = []
    taken: list[str] = []

    async def build(name: str, **values: Any) -> Place:
        address = ""
        if kind.kind == "postgres":
            address = await kind.take()
            taken.append(address)
        places.append(Place(name, tmp_path, address, **values))
        return places[-1]

    yield build
    for place in places:
        await place.close()
    for address in taken:
        await kind.give_back(address)
