"""Changes: statements that write, made and compiled once, and carried out by the driver itself (as node.asking asks).

For what is written all the time, and is short: on SQLite it is done on the loop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from node.db import insert
from node.work import Writing

Row = Mapping[str, Any]


class Change:
    """An INSERT, UPDATE or DELETE, or what makes one for a kind of database (the name of its dialect). Of an INSERT
    every column is given by its name."""

    def __init__(self, statement: sa.UpdateBase | Callable[[str], sa.UpdateBase]) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    async def make(self, work: Writing, **values: Any) -> int:
        """How many rows it changed."""
        form = self._form(work.dialect)
        return (await work.change(form.text, form.bind(values)))[0]

    async def returned(self, work: Writing, **values: Any) -> list[list[Any]]:
        """What it returns of the rows that it changed."""
        form = self._form(work.dialect)
        return form.read((await work.change(form.text, form.bind(values)))[1])

    async def make_many(self, work: Writing, rows: Iterable[Row]) -> None:
        """Once with the values of each row."""
        form = self._form(work.dialect)
        found = [form.bind(row) for row in rows]
        if found:
            await work.change_many(form.text, found)

    def _form(self, dialect: Dialect) -> "_Form":
        form = self._forms.get(dialect.name)
        if form is None:
            ours = self._statement if isinstance(self._statement, sa.UpdateBase) else self._statement(dialect.name)
            form = self._forms[dialect.name] = _Form(ours, dialect)
        return form


def adding(table: sa.Table, *unique: str) -> Change:
    """An INSERT that changes nothing where there is a row with the same values in these columns."""
    return Change(lambda dialect: insert(table, dialect).on_conflict_do_nothing(index_elements=unique))


def table_of(model: Any) -> sa.Table:
    """The table behind a model."""
    table: sa.Table = model.__table__
    return table


def blank(table: sa.Table) -> dict[str, Any]:
    """Every column with what stands in it when nothing is said."""
    return {column.name: _default(column) for column in table.columns}


def _default(column: sa.Column[Any]) -> Any:
    if column.default is None:
        return None
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg


class _Form:
    """A change as one kind of database understands it."""

    def __init__(self, statement: sa.UpdateBase, dialect: Dialect) -> None:
        columns = [column.name for column in statement.table.columns] if isinstance(statement, sa.Insert) else None
        compiled: Any = statement.compile(
            dialect=dialect, column_keys=columns, compile_kwargs={"render_postcompile": True}
        )
        self.text: str = compiled.string
        always = {name: bind.value for name, bind in compiled.binds.items()}
        converters: dict[str, Any] = compiled._bind_processors
        self._places = [(name, always.get(name), converters.get(name)) for name in compiled.positiontup]
        self._results = [
            (position, convert)
            for position, column in enumerate(compiled._result_columns)
            if (convert := column.type._cached_result_processor(dialect, None)) is not None
        ]

    def bind(self, values: Row) -> list[Any]:
        found = []
        for name, always, convert in self._places:
            value = values.get(name, always)
            found.append(value if convert is None else convert(value))
        return found

    def read(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        found = []
        for row in rows:
            values = list(row)
            for position, convert in self._results:
                values[position] = convert(values[position])
            found.append(values)
        return found
