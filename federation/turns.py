"""Arithmetic that holds the loop: one piece a round, in order, so that whoever waits for a page comes in between.

Making an RSA signature takes half a millisecond. Handing it to a thread and taking it back costs a third of that again,
and what is to go out waits for the arithmetic anyway.
"""

import asyncio
from collections import deque


class Turns:
    """A queue for one loop."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False
        """Somebody had this round."""

    async def take(self) -> None:
        """Wait until it is our turn; what is done then must not await anything before it."""
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._next)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # it is where whoever waited was cancelled
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._is_taken = False
