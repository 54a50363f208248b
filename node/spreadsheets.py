"""Tables for spreadsheets: CSV in which nothing that somebody typed is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows as CSV in UTF-8 with the mark by which spreadsheets know it."""
    written = io.StringIO()
    csv.writer(written).writerows([cell(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def cell(value: Any) -> Any:
    """Numbers stay numbers; a text that a spreadsheet would take for a formula is kept as text."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value
