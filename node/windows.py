"""Pages of a list between cursors, as apps ask for them; a cursor is a key, for keys are in the order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
S = TypeVar("S", bound="sa.Select[*tuple[Any, ...]]")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted: below ``below``, above ``above``; ``upwards`` means those next above it."""

    limit: int = 20
    below: int | None = None
    above: int | None = None
    upwards: bool = False

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
