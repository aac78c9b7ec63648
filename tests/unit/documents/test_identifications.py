"""A bill calls an identification as people do, whatever the country."""

import pytest

from caudal.documents.queries.facts import IDENTIFICATIONS
from caudal.registry.identifications import types_for

COUNTRIES = ("AR", "CL", "CO", "CR", "DO", "EC", "GT", "MX", "PE", "PY", "SV", "UY")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_kind_is_called_by_its_code_only_where_people_call_it_so(country: str) -> None:
    for kind in types_for(country):
        assert kind.code in IDENTIFICATIONS or str(kind.name) == kind.code.upper()


def test_every_word_is_for_a_kind_that_there_is() -> None:
    known = {kind.code for country in COUNTRIES for kind in types_for(country)}
    assert set(IDENTIFICATIONS) <= known
