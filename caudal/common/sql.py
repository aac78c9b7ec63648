"""Runs the SQL files of the stages, moves bulk rows by COPY, and names the database's verdicts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connection, connections
from django.db.models import Model, QuerySet
from psycopg import Copy
from psycopg import Cursor as BoundCursor

from caudal.common.errors import DomainError

PACKAGE = Path(__file__).resolve().parent.parent
LINES_AT_ONCE = 2_000
M = TypeVar("M", bound=Model)
RowReader = Callable[[tuple[Any, ...]], Any]


@cache
def load(name: str) -> str:
    """The text of `stage/sql/<name>.sql`, given as "stage/name"."""
    stage, _, file = name.partition("/")
    return (PACKAGE / stage / "sql" / f"{file}.sql").read_text()


def execute(name: str, params: Mapping[str, Any]) -> int:
    """Run a statement file; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(load(name), params)
        return int(cursor.rowcount)


def rows(name: str, params: Mapping[str, Any], *, prepared: bool = False) -> list[tuple[Any, ...]]:
    """Run a query file; all its rows.

    `prepared`: the server plans it once per connection, for small questions that pages ask all the time and whose
    planning costs more than their answer. The types of its parameters must follow from the text; its lists are short,
    and `bigint[]`.
    """
    if prepared:
        return _prepared(load(name), params)
    with connection.cursor() as cursor:
        cursor.execute(load(name), params)
        return list(cursor.fetchall())


def first_of(found: QuerySet[Any, Any], most: int) -> list[tuple[Any, ...]]:
    """At most so many rows of a `values_list`, any of them, by way of an index.

    Told how few are wanted, the planner reads the whole table in the hope of meeting them early: it is not told.
    """
    text, params = found.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{text} LIMIT (SELECT %s)", [*params, most])
        return list(cursor.fetchall())


def objects(model: type[M], tail: str, params: Mapping[str, Any]) -> list[M]:
    """Rows of a model's table as its objects; `tail` is what the query says after the table's name."""
    return [found for (found,) in tuples((model,), f'"{model._meta.db_table}" {tail}', params)]


def tuples(
    selected: tuple[type[Model] | str, ...], tail: str, params: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Rows of joined tables, each as a tuple of the models' objects and of the values of what is SQL, as `selected`.

    `tail` is what the query says after FROM, in the same way `prepared`. For the few that every page asks for:
    putting a queryset into words costs more than answering it.
    """
    text, readers = _selecting(selected, tail)
    return [tuple(reader(row) for reader in readers) for row in _prepared(text, params)]


@cache
def _selecting(selected: tuple[type[Model] | str, ...], tail: str) -> tuple[str, list[RowReader]]:
    """The query, and what makes each part of a row from it."""
    columns: list[str] = []
    readers: list[RowReader] = []
    for each in selected:
        if isinstance(each, str):
            readers.append(itemgetter(len(columns)))
            columns.append(each)
        else:
            readers.append(_reader(each, len(columns)))
            columns += [f'"{each._meta.db_table}"."{field.column}"' for field in each._meta.concrete_fields]
    return f"SELECT {', '.join(columns)} FROM {tail}", readers


def _reader(model: type[Model], begins: int) -> RowReader:
    """Makes the model's object of the columns of a row from a place on, as their fields read them."""
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    special = [
        (at, field.from_db_value) for at, field in enumerate(fields) if hasattr(field, "from_db_value")
    ]

    def read(row: tuple[Any, ...]) -> Model:
        values = list(row[begins : begins + len(names)])
        for at, convert in special:
            values[at] = convert(values[at], None, connection)
        return model.from_db(connection.alias, names, values)

    return read


def _prepared(text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    database = connections[
        DEFAULT_DB_ALIAS
    ]  # the thread's own, looked up once: `connection` does so at each use
    if database.queries_logged:  # whoever counts questions should see these too
        with database.cursor() as logged:
            logged.execute(text, params)
            return list(logged.fetchall())
    database.ensure_connection()
    database.validate_no_broken_transaction()
    spread, bound = _spread(text, params)
    with database.wrap_database_errors, BoundCursor(database.connection) as cursor:
        return cursor.execute(spread, bound, prepare=True).fetchall()


def _spread(text: str, params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Lists bound element by element, the last one repeated up to a power of two.

    PostgreSQL keeps a plan only when it costs no more than one made for the values: it has to know how many there are.
    """
    lists = {name: value for name, value in params.items() if isinstance(value, list)}
    if not lists:
        return text, params
    bound, sizes = dict(params), []
    for name, values in lists.items():
        size = 1 << (len(values) - 1).bit_length() if values else 0
        bound |= {f"{name}_{at}": values[min(at, len(values) - 1)] for at in range(size)}
        del bound[name]
        sizes.append((name, size))
    return _with_elements(text, tuple(sizes)), bound


@cache
def _with_elements(text: str, sizes: tuple[tuple[str, int], ...]) -> str:
    for name, size in sizes:
        elements = ", ".join(f"%({name}_{at})s::bigint" for at in range(size))
        text = text.replace(f"%({name})s::bigint[]", f"ARRAY[{elements}]::bigint[]")
    return text


def copy_rows(table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
    """COPY records into a table inside the current transaction. Values are adapted by psycopg."""
    with _copy_into(table, columns) as copy:
        for record in records:
            copy.write_row(record)


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY rows that are laid out as COPY text already, for hundreds of thousands of them."""
    rows = iter(lines)
    with _copy_into(table, columns) as copy:
        while chunk := "".join(islice(rows, LINES_AT_ONCE)):
            copy.write(chunk)


@contextmanager
def _copy_into(table: str, columns: Sequence[str]) -> Iterator[Copy]:
    """A COPY whose refusals are Django's errors, as those of any statement: its cursor hands out psycopg's own."""
    names = ", ".join(f'"{c}"' for c in columns)
    statement = f'COPY "{table}" ({names}) FROM STDIN'
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        yield copy


def reserve_ids(table: str, count: int) -> list[int]:
    """Fresh primary keys of a table, so that rows that point at each other travel without a round trip."""
    if not count:
        return []
    # The sequence is found once, not once a row: that took seven times as long.
    query = "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)"
    with connection.cursor() as cursor:
        cursor.execute(query, [table, count])
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def verdicts(**errors: DomainError) -> Iterator[None]:
    """Turn the database's refusal into a named error: keyword = constraint name, value = the error to raise."""
    try:
        yield
    except IntegrityError as refusal:
        if (name := verdict_of(refusal)) in errors:
            raise errors[name] from refusal
        raise


def verdict_of(refusal: DatabaseError) -> str:
    """The constraint that refused, or what the database said where it was none."""
    diagnosis = getattr(refusal.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "message_primary", ""))


def migration_sql(stage: str, name: str) -> str:
    """The text of `stage/migrations/sql/<name>.sql`: triggers and constraints that Django cannot express."""
    return (PACKAGE / stage / "migrations" / "sql" / f"{name}.sql").read_text()
