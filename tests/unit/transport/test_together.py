"""Looks that many share: asked once for all who wait, and an error reaches every one of them."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from federation.together import Together


async def test_who_asks_while_others_do_is_answered_with_them() -> None:
    asked: list[set[str]] = []

    async def look(uris: Collection[str]) -> Mapping[str, int]:
        asked.append(set(uris))
        await asyncio.sleep(0.01)
        return {uri: len(uri) for uri in uris if uri.endswith("known")}

    people = Together(look)
    first = asyncio.gather(*(people.find(uri) for uri in ("a", "b known", "a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = asyncio.gather(*(people.find(uri) for uri in ("c known", "d")))
    assert await first == [None, 7, None]
    assert await later == [7, None]
    assert asked == [{"a", "b known"}, {"c known", "d"}]
    assert await people.find("b known"), "asked anew: nothing is remembered"
    assert len(asked) == 3


async def test_an_error_reaches_everybody_and_ends_nothing() -> None:
    is_broken = True

    async def look(uris: Collection[str]) -> Mapping[str, int]:
        if is_broken:
            raise OSError("away")
        return dict.fromkeys(uris, 1)

    people = Together(look)
    answers = await asyncio.gather(people.find("a"), people.find("b"), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["away", "away"]
    is_broken = False
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0):
            await people.find("a")
    assert await people.find("a")
