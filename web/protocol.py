"""HTTP as it comes off the socket: how much a header may weigh, and how what is no HTTP is answered and noted."""

import asyncio
import socket

import aiohttp.web as aioweb
import structlog
from aiohttp.web_protocol import RequestHandler

log = structlog.get_logger()

HEADER_BYTES = 16 * 1024
"""Of a request line and all header fields. aiohttp limits each of them, and keeps half a megabyte that way."""

READER_SECONDS = 60
"""For how long somebody may take nothing of an answer. Neither aiohttp nor asyncio ever gives up on them."""


class _Connection(RequestHandler):
    __slots__ = ("_head",)

    _head: int
    """Bytes of the header that is not complete yet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._head = 0
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        if (
            line is not None
            and line.family in (socket.AF_INET, socket.AF_INET6)
            and hasattr(socket, "TCP_USER_TIMEOUT")
        ):
            # The system counts, so that it holds for files too, which it sends, and after we have hung up.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READER_SECONDS * 1000))

    def data_received(self, data: bytes) -> None:
        in_hand = None if self._upgraded else self._current_request
        is_ahead = in_hand is not None and in_hand.content.is_eof()
        super().data_received(data)
        if self._messages or not (is_ahead or (self._waiter is not None and not self._waiter.done())):
            self._head = 0  # a header is complete, or this belongs to a body
            if self._messages and self._waiter is None and not self._buffer_paused:
                self._pause_reading_for_buffer()  # one that waits behind another is enough; aiohttp reads on after it
            return
        self._head += len(data)
        if self._head > HEADER_BYTES:
            log.info("header_too_large")
            self.force_close()

    def handle_error(
        self,
        request: aioweb.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> aioweb.StreamResponse:
        """What cannot be read is noted in one line and not repeated to whoever sent it."""
        if status >= 500 or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        log.info("request_malformed", reason=type(exc).__name__)
        response = aioweb.Response(
            status=status, text="This request cannot be read.\n", headers={"Server": "Commensal"}
        )
        response.force_close()
        return response


class _Server(aioweb.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class Runner(aioweb.AppRunner):
    """Runs an application on connections of our kind."""

    async def _make_server(self) -> aioweb.Server:
        usual = await super()._make_server()
        return _Server(usual.request_handler, request_factory=usual.request_factory, loop=usual._loop, **usual._kwargs)
