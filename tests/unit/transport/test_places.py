"""Room for those who take long, and who has to go."""

import asyncio

import pytest

from federation import places as module
from federation.errors import Busy
from federation.places import Places


async def stay(places: Places, until: asyncio.Event, found: list[str], name: str) -> None:
    try:
        async with places.taken():
            found.append(name)
            await until.wait()
    except Busy:
        found.append(f"{name} went")


async def test_whoever_had_their_time_makes_room_and_the_longest_first() -> None:
    places, never, found = Places(2, patience=0.05), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(stay(places, never, found, name)) for name in "abcd"]
    await asyncio.sleep(0.02)
    assert found == ["a", "b"]
    await asyncio.wait(tasks[:2], timeout=1)
    await asyncio.sleep(0)
    assert sorted(found) == ["a", "a went", "b", "b went", "c", "d"]
    assert found.index("c") < found.index("d")
    never.set()
    await asyncio.gather(*tasks)
    assert not places._taken


async def test_without_need_nobody_goes_and_who_leaves_lets_the_next_in() -> None:
    places, first, never, found = Places(2, patience=0.05), asyncio.Event(), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(stay(places, one, found, name)) for one, name in ((first, "a"), (never, "b"))]
    await asyncio.sleep(0.1)
    assert found == ["a", "b"]
    first.set()
    await asyncio.sleep(0)
    await stay(places, first, found, "c")
    assert found == ["a", "b", "c"]
    never.set()
    await asyncio.gather(*tasks)


async def test_a_line_has_an_end_and_nobody_stands_in_it_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 0.05)
    places, never, found = Places(1, line=1), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(stay(places, never, found, name)) for name in "abc"]
    await asyncio.sleep(0.01)
    assert found == ["a", "c went"]
    await tasks[1]
    assert found == ["a", "c went", "b went"]
    never.set()
    await asyncio.gather(*tasks)


async def test_a_deadline_of_their_own_is_theirs() -> None:
    places = Places(1)
    with pytest.raises(TimeoutError):
        async with places.taken(), asyncio.timeout(0.01):
            await asyncio.sleep(1)
    assert not places._taken
