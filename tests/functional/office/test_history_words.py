"""Every kind of operation and every field whose history is kept has a Spanish word."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

import caudal
from caudal.common import audit
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.office.present.history import Wanted, entries, found
from caudal.office.present.history.kinds import AREAS, KINDS
from caudal.office.present.history.things import TABLES, THINGS
from caudal.office.present.history.words import FIELDS, plain_name
from tests import factories

PACKAGE = Path(caudal.__file__).parent
KIND = re.compile(rf"({'|'.join(AREAS)})\.[a-z_]+")
WRITERS = {"record", "record_created", "change", "_record", "_record_change", "_decide", "record_change"}
# No news to anybody, so the triggers leave them out.
QUIET = {
    "identification_key",
    "last_login",
    "search_text",
    "security_stamp",
    "serial_key",
    "sort_key",
    "version",
}


def kinds() -> Iterator[tuple[str, str]]:
    """Kinds that operations write: what is given to a writer of records, or is called KIND."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in WRITERS:
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("KIND"):
                given = [node.value]
            else:
                continue
            for value in given:
                if isinstance(value, ast.Constant) and KIND.fullmatch(str(value.value)):
                    yield value.value, path.name


def test_every_kind_of_operation_has_a_word() -> None:
    found = dict(kinds())
    assert len(found) > 40
    assert {kind: where for kind, where in found.items() if kind not in KINDS} == {}


@pytest.mark.django_db
def test_every_table_with_history_has_a_word_and_so_have_its_fields() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'history_insert'")
        kept = {table for (table,) in cursor.fetchall()}
    assert len(kept) > 20
    assert kept - TABLES.keys() == set()
    fields = {
        (table, field.name)
        for table in kept
        for field in THINGS[TABLES[table]].model._meta.fields
        if field.name not in QUIET
    }
    assert {(table, name) for table, name in fields if plain_name(name) not in FIELDS} == set()


@pytest.mark.django_db
def test_a_photo_is_told_as_a_photo_and_what_only_the_program_needs_is_not_told() -> None:
    factories.organisation()
    photo = AuditRecord(
        kind="readings.photo", object_type="reading", object_id="7", after={"sha256": "9f" * 32}
    )
    edited = AuditRecord(
        kind="customers.update",
        object_type="party",
        object_id="7",
        before={"phone": "1", "version": 1, "search_text": "ana mora"},
        after={"phone": "2", "version": 2, "search_text": "ana mora ruiz"},
    )
    told = [entry.summary for entry in entries([photo, edited])]
    assert told == ["Foto: agregada", "Teléfono: 1 → 2"]


@pytest.mark.django_db
def test_what_was_declared_of_a_place_is_no_history_of_its_meter() -> None:
    factories.organisation()
    with transaction.atomic():
        stay = factories.installation()
        audit.record(
            by=SYSTEM, kind="customers.put_meter", object_type="connection", object_id=stay.connection_id
        )
        audit.record(by=SYSTEM, kind="registry.declare_value", object_type="property", object_id=1)
    about = found(Wanted(of="meter", pk=stay.meter_id)).values_list("kind", flat=True)
    assert "customers.put_meter" in about
    assert "registry.declare_value" not in about
