"""Questions: SELECTs that are made and compiled once, and asked of the driver itself.

To make a statement, look it up and carry its rows through the session takes a hundred times longer than SQLite takes to
answer it. What is asked for every page, document and timeline is therefore a Question, with named values.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from node.db import Moment
from node.work import Reading

R = TypeVar("R", bound="tuple[Any, ...]")
Convert = Callable[[Any], Any]


def given(name: str, kind: Any = sa.BigInteger) -> sa.BindParameter[Any]:
    """A value that is named when the question is asked."""
    return sa.bindparam(name, None, type_=kind)


VIEWER = given("viewer")
"""Who reads, in questions that members ask."""
Viewer = sa.BindParameter[Any] | None
"""VIEWER, or None in the form of a question that visitors ask."""
NOW = given("now", Moment)


def viewer_of(viewer_id: int | None) -> Viewer:
    return VIEWER if viewer_id is not None else None


class Question(Generic[R]):
    """A SELECT whose columns are the fields of ``row``, in their order."""

    def __init__(self, row: type[R], statement: sa.SelectBase) -> None:
        self._row = row
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    async def ask(self, work: Reading, **values: Any) -> list[R]:
        """All rows. ``values`` are those that the statement names."""
        form = self._forms.get(work.dialect.name) or self._compile(work.dialect)
        return form.read(await work.fetch(form.text, form.bind(values)))

    async def first(self, work: Reading, **values: Any) -> R | None:
        """The first row, where there is one."""
        found = await self.ask(work, **values)
        return found[0] if found else None

    def _compile(self, dialect: Dialect) -> "_Form":
        found = self._forms[dialect.name] = _Form(self._row, self._statement, dialect)
        return found


def copy_of(model: type[Any]) -> type[Any]:
    """A row that reads as ``model`` does and belongs to no session: for questions about all of its columns."""
    names = [attribute.key for attribute in sa.inspect(model).column_attrs]
    made: Any = namedtuple(model.__name__, names)  # type: ignore[misc]
    for name, value in vars(model).items():
        if isinstance(value, property):
            setattr(made, name, value)
    return made


def all_of(model: type[Any], *further: Any) -> "sa.Select[Any]":
    """A SELECT of the columns that copy_of() has."""
    return sa.select(*(getattr(model, attribute.key) for attribute in sa.inspect(model).column_attrs), *further)


def copies(model: type[Any], *where: Any, order: Sequence[Any] = ()) -> "Question[Any]":
    """A question for rows that read as ``model`` does."""
    return Question(copy_of(model), all_of(model).where(*where).order_by(*order))


class _Place(NamedTuple):
    """What stands at one place for a value: a named one, or always the same."""

    name: str | None
    always: Any
    convert: Convert | None


class _Form:
    """A question as one kind of database understands it."""

    def __init__(self, row: type[Any], statement: Any, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.text: str = compiled.string
        given = compiled.construct_params()
        processors: dict[str, Convert] = compiled._bind_processors
        named = {bind.key for bind in compiled.binds.values() if not bind.unique}
        self._places = []
        for name in compiled.positiontup:
            convert = processors.get(name)
            if name in named:
                self._places.append(_Place(name, None, convert))
            else:
                self._places.append(_Place(None, convert(given[name]) if convert else given[name], None))
        columns = compiled._result_columns
        if getattr(row, "_fields", None) is not None and len(row._fields) != len(columns):
            raise TypeError(f"{row.__name__} has other columns than its question")
        self._converts = [
            (position, convert)
            for position, column in enumerate(columns)
            if (convert := _converter(column.type, dialect)) is not None
        ]
        self._make: Callable[[Sequence[Any]], Any] = getattr(row, "_make", row)

    def bind(self, values: dict[str, Any]) -> list[Any]:
        return [
            always if name is None else values[name] if convert is None else convert(values[name])
            for name, always, convert in self._places
        ]

    def read(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        make, converts = self._make, self._converts
        if not converts:
            return [make(row) for row in rows]
        found = []
        for row in rows:
            values = list(row)
            for position, convert in converts:
                values[position] = convert(values[position])
            found.append(make(values))
        return found


def _converter(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Moment) and dialect.name == "sqlite":
        return _moment
    if isinstance(kind, sa.Numeric | sa.Float) and dialect.name == "postgresql":
        return None  # the driver brings numbers as such
    convert: Convert | None = kind._cached_result_processor(dialect, None)
    return convert


def _moment(stored: str | None) -> datetime | None:
    """As Moment reads it, in a tenth of the time."""
    return datetime.fromisoformat(stored + "+00:00") if stored is not None else None


# many keys at once, in one and the same statement


class _Several(sa.types.TypeDecorator[Sequence[Any]]):
    """Values in one parameter: an array, and on SQLite a list as JSON."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, of: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        from sqlalchemy.dialects import postgresql

        return dialect.type_descriptor(postgresql.ARRAY(self.of))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return orjson.dumps(list(value)).decode() if dialect.name == "sqlite" else list(value)


class _Among(FunctionElement[bool]):
    name = "among"
    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        return self  # else SQLite would be asked whether it "= 1", and use no index


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    column, several = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({several}))"  # noqa: S608 - texts of the compiler


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, several = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY ({several})"


def among(column: Any, name: str) -> sa.ColumnElement[bool]:
    """The clause: the column holds one of the values that are given together as ``name``."""
    of = sa.Text() if isinstance(column.type, sa.String) else sa.BigInteger()
    return _Among(column, given(name, _Several(of)))
