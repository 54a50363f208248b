"""Collections and their pages: outboxes, followers, members, connections, offers, replies."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.contexts import with_context, without_context
from schemas.values import (
    Document,
    Malformed,
    as_uri,
    dropping_empty,
    embedded,
    first,
    listed,
    one_id,
    required_id,
    type_of,
    whole,
)

_TYPES = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
MAX_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection or one page of one, as others serve it."""

    id: str
    type: str
    total: int | None = None
    items: tuple[Document | str, ...] = ()
    first: "Collection | str | None" = None
    next: str | None = None
    part_of: str | None = None
    attributed_to: str | None = None

    @staticmethod
    def read(document: Document, most: int = MAX_ITEMS) -> "Collection":
        """A collection or page from its document; items under either of the two names, whatever its type."""
        kind = type_of(document, _TYPES)
        if kind not in _TYPES:
            raise Malformed("not a collection")
        opening = embedded(document, "first")
        items = listed(document, "orderedItems") or listed(document, "items")
        return Collection(
            id=required_id(document),
            type=kind,
            total=whole(document, "totalItems"),
            items=tuple(item for item in items[:most] if isinstance(item, dict | str)),
            first=_opening(opening, most) if opening else as_uri(first(document, "first")),
            next=one_id(document, "next"),
            part_of=one_id(document, "partOf"),
            attributed_to=one_id(document, "attributedTo"),
        )


def _opening(document: Document, most: int) -> "Collection | None":
    # An embedded first page often has no id of its own.
    if type_of(document, _TYPES) not in _TYPES:
        return None
    return Collection.read(document if document.get("id") else {**document, "id": "about:blank"}, most)


def collection(
    id_: str,
    total: int | None,
    *,
    first_page: str | None = None,
    last_page: str | None = None,
    items: Sequence[Document | str] | None = None,
    attributed_to: str | None = None,
    ordered: bool = True,
) -> Document:
    """A whole collection: by its first page, with all its items, or with a total alone."""
    document: Document = dropping_empty(
        {
            "id": id_,
            "type": "OrderedCollection" if ordered else "Collection",
            "attributedTo": attributed_to,
            "totalItems": total,
            "first": first_page,
            "last": last_page,
        }
    )
    if items is not None:
        document["orderedItems" if ordered else "items"] = _written(items)
    return with_context(document)


def page(
    id_: str,
    part_of: str,
    items: Sequence[Document | str],
    *,
    next_page: str | None = None,
    previous_page: str | None = None,
) -> Document:
    """One page, newest first; `next` is left out at the end."""
    document = dropping_empty(
        {
            "id": id_,
            "type": "OrderedCollectionPage",
            "partOf": part_of,
            "next": next_page,
            "prev": previous_page,
        }
    )
    document["orderedItems"] = _written(items)
    return with_context(document)


def _written(items: Sequence[Document | str]) -> list[Document | str]:
    """As they are embedded; what carries a proof keeps the context that is proven with it."""
    return [without_context(item) if isinstance(item, dict) and "proof" not in item else item for item in items]
