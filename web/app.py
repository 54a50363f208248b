"""The web application: middleware, pages and the addresses for other servers, put together over one node."""

import aiohttp.web as aioweb

from federation.routes import mount
from node.work import Node
from web import clients, events, later
from web.context import NODE
from web.metrics import METRICS, Metrics
from web.middleware import answer_errors, count, dress, guard_forms, meet_reader, take_in
from web.remembered import REMEMBERED, Remembered, remember

KEEP_ALIVE_SECONDS = 30
"""Also the time a client has to send its whole header: aiohttp measures both with one clock (default: an hour)."""
LINE_BYTES = 4096
FIELD_BYTES = 8190
HEADERS = 64


def make_app(node: Node) -> aioweb.Application:
    """The application for an open node. The caller opens and closes the node."""
    app = aioweb.Application(
        middlewares=[count, take_in, remember, answer_errors, meet_reader, answer_errors, guard_forms],
        client_max_size=1024 * 1024,
        handler_args={
            "keepalive_timeout": KEEP_ALIVE_SECONDS,
            "max_line_size": LINE_BYTES,
            "max_field_size": FIELD_BYTES,
            "max_headers": HEADERS,
            "access_log": None,
            "auto_decompress": False,  # nobody sends us compressed bodies; see threats on zip bombs
        },
    )
    app[NODE] = node
    app[METRICS] = Metrics()
    app[REMEMBERED] = Remembered()
    events.prepare(app)
    mount(app, node)
    clients.set_up(app)
    app.add_routes(events.routes)
    later.mount(app)
    app.on_response_prepare.append(dress)
    return app
