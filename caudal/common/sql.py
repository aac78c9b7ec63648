"""Runs the SQL files of the stages, moves bulk rows by COPY, and names the database's verdicts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import DatabaseError, IntegrityError, connection
from django.db.models import QuerySet
from psycopg import Copy
from psycopg import Cursor as BoundCursor

from caudal.common.errors import DomainError

PACKAGE = Path(__file__).resolve().parent.parent
LINES_AT_ONCE = 2_000


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
    planning costs more than their answer. The types of its parameters must follow from the text.
    """
    if prepared:
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors, BoundCursor(connection.connection) as bound:
            return bound.execute(load(name), params, prepare=True).fetchall()
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
