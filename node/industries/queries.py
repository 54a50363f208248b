"""Clauses over columns that hold the code of an industry."""

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from node.industries import catalogue


def within(column: InstrumentedAttribute[str], code: str) -> sa.ColumnElement[bool]:
    """What lies in a section, division, group or class; nothing for a code that there is not."""
    # The first half is what the partial indexes ask for, in their words.
    return sa.and_(
        sa.text(f"{column.table.name}.{column.key} <> ''"),
        sa.or_(sa.false(), *(column.startswith(prefix) for prefix in catalogue.beginnings(code))),
    )
