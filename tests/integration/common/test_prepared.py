"""What every page asks is planned once per connection, and answers as a queryset would."""

import pytest
from django.db import connection

from caudal.common import sql
from caudal.metering.models import Connection
from caudal.registry.models import Organisation
from caudal.registry.queries import organisation
from tests import factories

pytestmark = pytest.mark.django_db


def planned(beginning: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [beginning])
        return int(cursor.fetchone()[0])


def test_the_organisation_is_read_as_it_stands() -> None:
    factories.organisation()
    found = organisation()
    assert found is not None
    kept = Organisation.objects.get()
    fields = [field.attname for field in Organisation._meta.concrete_fields]
    assert [getattr(found, name) for name in fields] == [getattr(kept, name) for name in fields]
    assert planned('SELECT%FROM "registry_organisation"%') == 1


def test_lists_of_like_length_share_a_plan_and_find_each_row_once() -> None:
    ids = [factories.connection().pk for _ in range(5)]
    for length in range(1, 6):
        wanted = {"ids": ids[:length]}
        found = sql.objects(Connection, "WHERE id = ANY (%(ids)s::bigint[]) ORDER BY id", wanted)
        assert found == list(Connection.objects.filter(pk__in=ids[:length]).order_by("pk"))
    assert planned('SELECT%FROM "metering_connection"%') <= 4, "for one, two, four and eight"
