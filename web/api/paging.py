"""Pages of a list by ``max_id``, ``since_id`` and ``min_id``, and the ``Link`` header that leads to its neighbours."""

from collections.abc import Mapping, Sequence

import aiohttp.web as aioweb

from node.errors import NotFound
from node.windows import Window
from web.addresses import database_key
from web.api.parameters import Parameters

_FOREVER = 2**63 - 1


def window(given: Parameters, *, otherwise: int = 20, most: int = 40) -> Window:
    """The window an app asked for. A cursor that cannot be one counts as absent, as in Mastodon."""
    max_id, since_id, min_id = (_cursor(given, name) for name in ("max_id", "since_id", "min_id"))
    limit = given.whole("limit", least=1, most=most, otherwise=otherwise)
    return Window(limit, max_id, since_id if min_id is None else min_id, min_id is not None)


def _cursor(given: Parameters, name: str) -> int | None:
    text = given.text(name)
    if not text:
        return None
    try:
        return database_key(text)
    except NotFound:
        return _FOREVER if text.isascii() and text.isdigit() else None


def links(request: aioweb.Request, base: str, limit: int, keys: Sequence[int]) -> Mapping[str, str]:
    """The Link header for a page with these cursors, newest first; none for an empty page."""
    if not keys:
        return {}
    cursors = ("max_id", "since_id", "min_id")
    kept = [(name, value) for name, value in request.query.items() if name not in cursors and name != "access_token"]
    page = request.rel_url.with_fragment(None)

    def link(name: str, key: int, rel: str) -> str:
        address = page.with_query([*kept, (name, str(key))])
        return f'<{base}{address}>; rel="{rel}"'

    found = [link("min_id", keys[0], "prev")]
    if len(keys) >= limit:
        found.insert(0, link("max_id", keys[-1], "next"))
    return {"Link": ", ".join(found)}
