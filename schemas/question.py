"""The question with answers to choose from: a poll as Mastodon and FEP-9967 write it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.values import (
    Document,
    as_moment,
    dropping_empty,
    embedded,
    first,
    line,
    listed,
    moment,
    whole,
    write_moment,
)

MAX_OPTIONS = 20
"""More are not kept. Mitra drops a whole poll above it."""
MAX_OPTION = 200
MOST_VOTES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Option:
    """One answer and how many chose it."""

    text: str
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Answers to choose from: one (`oneOf`) or any number of them (`anyOf`).

    `is_closed` may be true without a moment, for some programs only say that it is over.
    """

    options: tuple[Option, ...]
    is_multiple: bool = False
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    is_closed: bool = False
    voters: int | None = None

    @staticmethod
    def read(document: Document) -> "Question | None":
        """The question in a document; None when there is nothing to choose from."""
        is_multiple = bool(listed(document, "anyOf"))
        found: dict[str, Option] = {}
        for entry in listed(document, "anyOf" if is_multiple else "oneOf")[: MAX_OPTIONS * 2]:
            name = line(entry, "name", MAX_OPTION) if isinstance(entry, dict) else None
            if name and name not in found and len(found) < MAX_OPTIONS:
                found[name] = Option(name, _total(entry))
        if not found:
            return None
        closed: Any = first(document, "closed")
        closed_at = as_moment(closed)
        return Question(
            options=tuple(found.values()),
            is_multiple=is_multiple,
            ends_at=moment(document, "endTime"),
            closed_at=closed_at,
            is_closed=closed_at is not None or closed is True or isinstance(closed, dict),
            voters=_capped(whole(document, "votersCount")),
        )

    def write(self) -> Document:
        """The keys that make a note a Question."""
        options = [
            {"type": "Note", "name": option.text, "replies": {"type": "Collection", "totalItems": option.votes}}
            for option in self.options
        ]
        return dropping_empty(
            {
                "anyOf" if self.is_multiple else "oneOf": options,
                "endTime": write_moment(self.ends_at) if self.ends_at else None,
                "closed": write_moment(self.closed_at) if self.closed_at else None,
                "votersCount": self.voters,
            }
        )


def _total(option: Document) -> int:
    replies = embedded(option, "replies")
    return _capped(whole(replies, "totalItems")) or 0 if replies is not None else 0


def _capped(number: int | None) -> int | None:
    return None if number is None else min(number, MOST_VOTES)
