"""HTTP as it comes off the socket: how much a header may weigh, and how what is no HTTP is answered and noted."""

import asyncio

import aiohttp.web as aioweb
import structlog
from aiohttp.web_protocol import RequestHandler

log = structlog.get_logger()

HEADER_BYTES = 16 * 1024
"""Of a request line and all header fields. aiohttp limits each of them, and keeps half a megabyte that way."""


class _Connection(RequestHandler):
    __slots__ = ("_head",)

    _head: int
    """Bytes of the header that is not complete yet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._head = 0
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._waiter is None or self._waiter.done():
            self._head = 0  # a request is in hand: this belongs to its body, or waits behind it
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
