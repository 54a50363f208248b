"""Walking through collections of other servers: so many pages and items, on one server, and never in circles."""

from dataclasses import dataclass

from federation.directory import Directory
from schemas.collections import Collection
from schemas.values import Document, as_uri, same_origin

PAGES = 10
ITEMS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; ``total`` is what the server says, or what there is when it does not say and all was seen."""

    items: tuple[Document | str, ...] = ()
    total: int | None = None
    is_whole: bool = False
    """True when the end was reached."""


async def walk(
    remote: Directory, start: Document | str | None, home: str, *, pages: int = PAGES, most: int = ITEMS
) -> Found:
    """The items of a collection on the server of ``home``, given by address or embedded in a document from there.

    Raises Refused, Unreachable, PeerGone, Malformed when not even its beginning can be had.
    """
    if start is None or (isinstance(start, str) and not same_origin(start, home)):
        return Found()
    document = await remote.document(start) if isinstance(start, str) else {"id": "about:blank", **start}
    collection = Collection.read(document, most + 1)
    items = list(collection.items)
    seen: set[str] = set()
    page: Collection | str | None = collection.first or collection.next
    for _ in range(pages):
        if page is None or len(items) >= most:
            break
        if isinstance(page, str):
            if page in seen or not same_origin(page, home):
                break
            seen.add(page)
            page = Collection.read(await remote.document(page), most + 1)
        items += page.items
        page = page.next
    is_whole = page is None and len(items) <= most
    total = collection.total if collection.total is not None and collection.total >= 0 else None
    return Found(tuple(items[:most]), len(items) if total is None and is_whole else total, is_whole)


def addresses(found: Found) -> list[str]:
    """The ids of the items, each once."""
    return list(dict.fromkeys(uri for item in found.items if (uri := as_uri(item))))
