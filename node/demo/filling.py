"""Fills one demo node from inside, stage by stage, in step with the other one."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from node.demo import people, talk, trade, world
from node.demo.people import Report
from node.demo.talk import LookUp, Town
from node.work import Node

log = structlog.get_logger()

STAGES: dict[str, str] = {
    "move in": "Members move in",
    "acquaint": "People look each other up across the river",
    "speak": "Offers, asks and posts",
    "answer": "Answers, from house to house",
    "like": "What people like, and pass on",
    "ask": "Invitations, each with a question",
    "agree": "Some say yes",
    "trade": "A quote for baskets, and an idea",
    "deliver": "The last letters arrive",
}
"""What is done, and the words for it. Both nodes finish a stage before either begins the next."""


class Line:
    """The wire to the program that started us: it reads our lines and lets us go on with its own."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._reading: asyncio.Task[None] | None = None

    async def open(self, hang_up: Callable[[], None]) -> None:
        """Listen; ``hang_up`` is called when the other side is gone."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

        async def read() -> None:
            while line := await reader.readline():
                self._said.put_nowait(line.decode().strip())
            hang_up()

        self._reading = asyncio.create_task(read())

    def say(self, **fields: object) -> None:
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()

    async def wait_for(self, words: str) -> None:
        """Until the other side says these words."""
        while await self._said.get() != words:
            continue

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()


async def fill(node: Node, house: str, hosts: dict[str, str], began: datetime, look_up: LookUp, line: Line) -> None:
    """Everything, in step with the other node."""
    town = Town(node, world.load(), house, hosts, began, look_up)
    here = town.world.houses[house]

    async def move_in(_: Town, report: Report) -> None:
        await people.move_in(node, town.world, here, began, report)

    async def deliver(_: Town, report: Report) -> None:
        await talk.until_delivered(town)
        await people.set_hours(node, town.world, here)
        await talk.until_delivered(town)
        await talk.forget_the_noise(town)
        report(1, 1)

    acts: dict[str, Callable[[Town, Report], Awaitable[None]]] = {
        "move in": move_in,
        "acquaint": talk.get_acquainted,
        "speak": talk.speak,
        "answer": talk.answer,
        "like": talk.like,
        "ask": talk.ask,
        "agree": talk.say_yes,
        "trade": trade.begin,
        "deliver": deliver,
    }
    for stage in STAGES:

        def report(done: int, of: int, stage: str = stage) -> None:
            line.say(stage=stage, done=done, of=of)

        await acts[stage](town, report)
        log.info("demo_stage", stage=stage, cpu_seconds=round(time.process_time(), 1))
        line.say(finished=stage)
        await line.wait_for(stage)
