"""Ends a process whose loop turns no more, so that whoever looks after processes starts it again; bounds its memory.

What hung it counts as one attempt since it was taken up, and is given up after a few. A thread counts, by turns of its
own and not by the clock: a process that was frozen and goes on has its time again. Where not even the thread has a
turn, because something holds the interpreter, the system counts the processor's time.
"""

import asyncio
import contextlib
import faulthandler
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator

PATIENCE = 15
"""Turns of the thread in which the loop does not turn once."""
TURN = 1.0  # seconds
STUCK = 70
"""What the process exits with."""
MEMORY = 2 << 30
"""Bytes of data, ten times what a node needs under load: what asks for more fails by itself, and nothing else does."""
_PROCESSOR = 60.0  # seconds of the processor's time without one turn of the thread


@contextlib.contextmanager
def watching(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Watch over the loop until the block ends."""
    watch = _Watch(loop)
    watch.start()
    try:
        yield
    finally:
        watch.over.set()
        watch.join()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def bound_memory() -> None:
    """Whoever asks for too much gets a MemoryError, before the system has to choose whom to kill."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))


class _Watch(threading.Thread):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.over = threading.Event()
        self._loop = loop
        self._has_turned = threading.Event()

    def run(self) -> None:
        missed = 0
        self._ask()
        while not self.over.wait(TURN):
            signal.setitimer(signal.ITIMER_VIRTUAL, _PROCESSOR)
            if self._has_turned.is_set():
                missed = 0
                self._ask()
                continue
            missed += 1
            if missed >= PATIENCE:
                # Nothing that waits for a lock of the main thread, not even the log.
                os.write(2, b"the loop is stuck, here; the process ends\n")
                faulthandler.dump_traceback(sys.__stderr__ or 2)
                os._exit(STUCK)

    def _ask(self) -> None:
        self._has_turned.clear()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._has_turned.set)
