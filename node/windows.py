"""Pages of a list between cursors, as apps ask for them; a cursor is a key, for keys are in the order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from node.asking import given

T = TypeVar("T")
S = TypeVar("S", bound="sa.Select[*tuple[Any, ...]]")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted: below ``below``, above ``above``; ``upwards`` means those next above it."""

    limit: int = 20
    below: int | None = None
    above: int | None = None
    upwards: bool = False

    @property
    def form(self) -> "Window":
        """The same window with names in the place of numbers, for a question that is made once; see values."""
        return _form(self.below is not None, self.above is not None, self.upwards)

    @property
    def values(self) -> dict[str, int | None]:
        """What the names in form stand for."""
        return {"limit": self.limit, "below": self.below, "above": self.above}

    def cut(self, query: S, column: Any) -> S:
        """A select cut down to the window and put in its order. Hand its rows to in_order()."""
        if self.below is not None:
            query = query.where(column < self.below)
        if self.above is not None:
            query = query.where(column > self.above)
        return query.order_by(column.asc() if self.upwards else column.desc()).limit(self.limit)

    def in_order(self, rows: Sequence[T]) -> list[T]:
        """Newest first, whichever way they were fetched."""
        return list(reversed(rows)) if self.upwards else list(rows)


@cache
def _form(has_below: bool, has_above: bool, upwards: bool) -> Window:
    limit, below, above = (given(name) for name in ("limit", "below", "above"))
    return Window(limit, below if has_below else None, above if has_above else None, upwards)  # type: ignore[arg-type]
