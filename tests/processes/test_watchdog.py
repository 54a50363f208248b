"""A process whose loop is stuck ends by itself (R15), one that was frozen goes on, and nobody gets all the memory."""

import signal
import subprocess
import sys
import time

import pytest

from node.watchdog import MEMORY, STUCK
from support.processes import ROOT

pytestmark = pytest.mark.processes

PROGRAM = """
import asyncio, time
from node import watchdog
watchdog.PATIENCE, watchdog.TURN = 4, 0.1

def loop_for_ever():
    while True:
        pass

def block():
    time.sleep(3600)

async def main():
    watchdog.bound_memory()
    with watchdog.watching(asyncio.get_running_loop()):
        print("ready", flush=True)
        await asyncio.sleep(0.2)
        {poison}
        print("alive", flush=True)

asyncio.run(main())
"""


def start(poison: str) -> "subprocess.Popen[str]":
    program = [sys.executable, "-c", PROGRAM.format(poison=poison)]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("poison", ["loop_for_ever", "block"])
def test_a_loop_that_is_stuck_ends_the_process(poison: str) -> None:
    with start(f"{poison}()") as process:
        out, complaint = process.communicate(timeout=60)
    assert (process.returncode, out) == (STUCK, "ready\n")
    assert f"in {poison}" in complaint, "it says where"


def test_a_process_that_was_frozen_goes_on() -> None:
    with start("await asyncio.sleep(0.2)") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)  # more than twice its patience
        process.send_signal(signal.SIGCONT)
        assert process.stdout.readline() == "alive\n"
    assert process.returncode == 0


def test_whoever_wants_all_the_memory_fails_alone() -> None:
    attempt = f"bytearray({2 * MEMORY})"
    with start(f"\n        try: {attempt}\n        except MemoryError: print('no', flush=True)") as process:
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "ready\nno\nalive\n")
