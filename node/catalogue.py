"""The kinds of content this node understands. Add yours here."""

from collections.abc import Mapping
from typing import Any

from node.kinds import ContentKind
from node.listings.kind import ListingKind
from node.posts.kind import ArticleKind, EventKind, NoteKind, OtherKind, PollKind
from node.testimonials.kind import TestimonialKind

KINDS: tuple[ContentKind, ...] = (
    ListingKind(),  # before the notes that carry them
    TestimonialKind(),
    PollKind(),
    ArticleKind(),
    EventKind(),
    NoteKind(),
    OtherKind(),  # after all that it could be
)


def claiming(document: Mapping[str, Any]) -> ContentKind | None:
    """The kind of a wire object: the first that says so, or None when we have no word for it."""
    return next((kind for kind in KINDS if kind.claims(document)), None)


def named(name: str) -> ContentKind:
    """The kind of a row of ``posts``."""
    return next(kind for kind in KINDS if kind.name == name)
