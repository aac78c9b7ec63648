"""Transactional tests leave nothing behind, and find what the migrations wrote."""

import pytest
from django.db import connection

from caudal.access.models import Role


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_transactional_test_finds_the_roles_that_migrations_wrote_and_no_others(turn: str) -> None:
    assert Role.objects.filter(code="administrator").exists()
    assert not Role.objects.filter(code="left_over").exists()
    Role.objects.create(code="left_over", name="Sobrante")
    Role.objects.filter(code="administrator").delete()


@pytest.mark.django_db
def test_tests_never_touch_the_database_of_an_installation() -> None:
    assert connection.settings_dict["NAME"].startswith("caudal_test_")
