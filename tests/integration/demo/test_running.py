"""`commensal demo` as somebody runs it: two nodes from nothing, full and acquainted; Ctrl-C; and again."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from node.demo import running, world
from support.processes import ROOT, free_port
from support.visitor import Visitor

pytestmark = pytest.mark.processes


@asynccontextmanager
async def demo(folder: Path, port: int) -> AsyncIterator[str]:
    """Runs it until it says what to try, and yields what it said; then presses Ctrl-C."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "node", "demo", "--port", str(port), "--folder", str(folder)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "200", "TERM": "dumb"},
    )
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(280):
            while "Ctrl-C closes" not in said:
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
        yield said
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0


def two_free_ports() -> int:
    """The first of two neighbours at which nobody listens."""
    for _ in range(50):
        port = free_port()
        if running._is_free(port) and running._is_free(port + 1):
            return port
    raise AssertionError("no two free ports beside each other")


async def test_two_nodes_are_filled_stopped_and_started_again(tmp_path: Path) -> None:
    port = two_free_ports()
    alpha, beta = f"http://alpha.localhost:{port}", f"http://beta.localhost:{port + 1}"
    async with demo(tmp_path, port) as said:
        assert alpha in said
        assert beta in said
        assert world.PASSWORD in said
        stranger = Visitor(alpha, port)
        alice = Visitor(alpha, port)
        bob = Visitor(beta, port + 1)
        try:
            door = await stranger.open("/")
            assert door.status == 200
            assert "Harbour Chamber" in door.text
            # An offer, a post and an invitation of the other house have come across.
            assert "Willow and ash baskets" in (await stranger.open("/listings?q=willow")).text
            today = await alice.log_in("alice@alpha.test", world.PASSWORD)
            today = await alice.open("/today")
            assert "What is the first thing you listen for" in today.text
            assert "My grandmother wove willow" in (await alice.open("/feed?lens=social")).text
            await bob.log_in("bob@beta.test", world.PASSWORD)
            assert "60 bread baskets, willow" in (await bob.open("/listings?q=willow")).text
            assert "Makers’ Guild" in (await alice.open(f"/@bob@beta.localhost:{port + 1}")).text
        finally:
            for visitor in (stranger, alice, bob):
                await visitor.close()
    async with demo(tmp_path, port) as said:
        assert "Members move in" not in said
        stranger = Visitor(beta, port + 1)
        try:
            assert "60 bread baskets, willow" in (await stranger.open("/listings?q=willow")).text
        finally:
            await stranger.close()


def test_what_was_interrupted_begins_anew(tmp_path: Path) -> None:
    for house in world.HOUSES:
        (tmp_path / house).mkdir()
        (tmp_path / house / "node.db").touch()
    assert running._begin(tmp_path) is None  # filled before
    (tmp_path / "filling").touch()
    assert running._begin(tmp_path) is not None
    assert not any((tmp_path / house).exists() for house in world.HOUSES)


def test_a_taken_port_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert running.run(taken.getsockname()[1], tmp_path) == 1
    assert "in use" in capsys.readouterr().out
