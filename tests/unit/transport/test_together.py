"""Looks that many share: asked once for all who wait, and an error reaches every one of them."""

import asyncio
from collections.abc import Collection

import pytest

from federation.together import Together


async def test_who_asks_while_others_do_is_answered_with_them() -> None:
    asked: list[set[str]] = []

    async def look(uris: Collection[str]) -> Collection[str]:
        asked.append(set(uris))
        await asyncio.sleep(0.01)
        return [uri for uri in uris if uri.endswith("known")]

    people = Together(look)
    first = asyncio.gather(*(people.is_known(uri) for uri in ("a", "b known", "a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = asyncio.gather(*(people.is_known(uri) for uri in ("c known", "d")))
    assert await first == [False, True, False]
    assert await later == [True, False]
    assert asked == [{"a", "b known"}, {"c known", "d"}]
    assert await people.is_known("b known"), "asked anew: nothing is remembered"
    assert len(asked) == 3


async def test_an_error_reaches_everybody_and_ends_nothing() -> None:
    is_broken = True

    async def look(uris: Collection[str]) -> Collection[str]:
        if is_broken:
            raise OSError("away")
        return uris

    people = Together(look)
    answers = await asyncio.gather(people.is_known("a"), people.is_known("b"), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["away", "away"]
    is_broken = False
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0):
            await people.is_known("a")
    assert await people.is_known("a")
