"""The history is sealed after the fact, and whoever changes it is found: also one who may switch triggers off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.models import AuditRecord, AuditSeal, RowChange
from caudal.common.sealing import explain_changes, seal_history
from caudal.common.sql import load
from caudal.jobs.cli import main
from caudal.registry.models import Sector
from caudal.registry.operations import save_sector
from tests import factories as make
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ANA = Actor(id=7, label="Ana")


@contextmanager
def as_superuser() -> Iterator[Any]:
    """No trigger holds: what a person with all rights over the database can do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor


def broken() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(load("jobs/check_seals"))
        return cursor.fetchall()


def written(count: int = 3) -> list[AuditRecord]:
    return [
        audit.record(by=ANA, kind="test.write", object_type="thing", object_id=n, after={"n": n})
        for n in range(count)
    ]


def test_what_was_written_is_sealed_once_and_verifies() -> None:
    written()
    assert seal_history() == 1
    assert seal_history() == 0
    written()
    assert seal_history(everything=True) == 1
    assert broken() == []


def test_sealers_at_once_make_one_chain() -> None:
    written(50)
    at_once(4, lambda _n: seal_history())
    assert AuditSeal.objects.count() == 1
    assert broken() == []


def test_a_record_committed_after_later_ones_were_sealed_is_sealed_too() -> None:
    early = AuditRecord.objects.order_by("pk").values_list("pk", flat=True)
    with connection.cursor() as cursor:  # its number is taken, its transaction still open
        cursor.execute("SELECT nextval(pg_get_serial_sequence('common_auditrecord', 'id'))")
        (number,) = cursor.fetchone()
    written()
    seal_history()
    AuditRecord.objects.create(pk=number, actor_label="Ana", kind="test.late", object_type="", object_id="")
    assert number == early[0]
    assert seal_history() == 1
    assert broken() == []


@pytest.mark.parametrize("everything", [False, True])
def test_the_chain_is_made_of_many_seals_when_much_was_written(
    monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    monkeypatch.setattr("caudal.common.sealing.MOST", 2)
    written(5)
    assert seal_history(everything=everything) == 3
    assert broken() == []


def test_a_changed_record_is_named() -> None:
    _first, second, _third = written()
    seal_history()
    with as_superuser() as cursor:
        cursor.execute("UPDATE common_auditrecord SET actor_label = 'Otra' WHERE id = %s", [second.pk])
    assert broken() == [(f"record {second.pk}", "was changed")]


def test_a_missing_record_is_named() -> None:
    first, _second, _third = written()
    seal_history()
    with as_superuser() as cursor:
        cursor.execute("DELETE FROM common_auditrecord WHERE id = %s", [first.pk])
    assert broken() == [(f"record {first.pk}", "is missing")]


def test_a_record_written_into_the_past_is_named_before_and_after_the_sealer_comes_by() -> None:
    written()
    seal_history()
    with as_superuser() as cursor:
        cursor.execute(
            "INSERT INTO common_auditrecord (at, actor_label, kind, object_type, object_id)"
            " VALUES (now() - interval '2 days', 'Ana', 'access.set_roles', 'user', '1') RETURNING id"
        )
        (planted,) = cursor.fetchone()
    assert broken() == [(f"record {planted}", "is not sealed")]
    seal_history()
    assert broken() == [(f"record {planted}", "was added afterwards")]


def test_a_changed_row_history_a_changed_seal_and_a_missing_seal_are_named() -> None:
    save_sector(code="C", name="Centro", by=ANA)
    seal_history()
    written()
    seal_history()
    written()
    seal_history()
    change, (first, second, third) = RowChange.objects.get(), AuditSeal.objects.order_by("pk")
    with as_superuser() as cursor:
        cursor.execute('UPDATE common_rowchange SET after = after || \'{"name": "Norte"}\'')
        cursor.execute("UPDATE common_auditseal SET at = at + interval '1 s' WHERE id = %s", [first.pk])
        cursor.execute("DELETE FROM common_auditseal WHERE id = %s", [second.pk])
    found = broken()
    assert found[:2] == [(f"seal {first.pk}", "was changed"), (f"row {change.pk}", "was changed")]
    assert (f"seal {third.pk}", "does not follow the seal before it") in found


def test_history_cannot_be_changed_by_the_application_itself() -> None:
    save_sector(code="C", name="Centro", by=ANA)
    seal_history()
    refused: list[Callable[[], object]] = [
        lambda: AuditRecord.objects.update(actor_label="Otra"),
        lambda: RowChange.objects.all().delete(),
        lambda: AuditSeal.objects.all().delete(),
        lambda: AuditSeal.objects.update(records="{}"),
    ]
    for change in refused:
        with pytest.raises(DatabaseError, match="its rows are history"), transaction.atomic():
            change()


def test_a_change_by_hand_gets_a_record_that_names_the_role_of_the_database() -> None:
    sector = save_sector(code="C", name="Centro", by=ANA)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_sector SET name = 'Norte' WHERE id = %s", [sector.pk])
    seal_history()
    record = AuditRecord.objects.get(kind="history.direct")
    (change,) = RowChange.objects.filter(transaction=record.transaction)
    assert record.actor_label == "PostgreSQL: caudal"
    assert record.after == {"rows": 1, "tables": ["registry_sector"]}
    assert (change.before, change.after) == ({"name": "Centro"}, {"name": "Norte"})
    assert seal_history() == 0


def test_what_an_update_changes_is_told_as_its_own() -> None:
    sector = save_sector(code="C", name="Centro", by=ANA)
    Sector.objects.filter(pk=sector.pk).update(name="Por mano")
    seal_history()
    Sector.objects.filter(pk=sector.pk).update(name="Norte")  # as a migration would
    explain_changes(kind="history.migrate", label="caudal")
    assert seal_history() == 1
    records = AuditRecord.objects.filter(kind__startswith="history.").order_by("pk")
    assert [(r.kind, r.actor_label) for r in records] == [
        ("history.direct", "PostgreSQL: caudal"),
        ("history.migrate", "caudal"),
    ]


def test_the_command_ends_with_1_and_names_the_first_broken_record(capsys: Any) -> None:
    make.organisation()
    first, second, _third = written()
    assert main(["audit", "seal"]) == 0
    assert main(["audit", "verify"]) == 0
    with as_superuser() as cursor:
        cursor.execute("DELETE FROM common_auditrecord WHERE id = %s", [first.pk])
        cursor.execute("UPDATE common_auditrecord SET kind = 'x' WHERE id = %s", [second.pk])
    capsys.readouterr()
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert str(first.pk) in said[0] and str(second.pk) in said[1]


def test_rows_keep_what_they_were_and_who_came_is_no_news() -> None:
    user = make.user("rosa", "billing")
    user.set_password("otra-clave-larga-2")
    user.name = "Rosa Mora"
    user.save()
    change = RowChange.objects.filter(table_name="access_user").latest("pk")
    assert change.verb == "update"
    assert change.before == {"name": "Rosa", "password": None}
    assert change.after == {"name": "Rosa Mora", "password": None}
    user.last_login = user.date_joined
    user.save(update_fields=["last_login"])
    assert RowChange.objects.filter(table_name="access_user").latest("pk") == change
    assert "password" not in RowChange.objects.filter(table_name="access_user").earliest("pk").after


def test_what_an_import_brings_is_told_by_the_import_alone() -> None:
    Sector.objects.bulk_create([Sector(code="A", name="A", import_id=5), Sector(code="B", name="B")])
    assert [c.after["code"] for c in RowChange.objects.all()] == ["B"]
    Sector.objects.filter(code="A").update(name="Alto")
    assert RowChange.objects.latest("pk").after == {"name": "Alto"}
