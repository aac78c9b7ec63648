"""People are found however their names are typed, and two who edit one row are told."""

import pytest

from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.common.versions import ChangedMeanwhile
from caudal.registry.identifications import WrongIdentification
from caudal.registry.models import Organisation
from caudal.registry.operations import (
    DuplicateCode,
    DuplicateIdentification,
    NamelessParty,
    PartyData,
    create_party,
    save_sector,
    update_organisation,
    update_party,
)
from caudal.registry.queries import search_parties
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town() -> Organisation:
    return factories.organisation()


def names(text: str) -> list[str]:
    return [party.name for party in search_parties(text)]


def person(given: str, surnames: str, identification: str = "") -> PartyData:
    kind = "cedula" if identification else ""
    return PartyData(
        given_names=given, surnames=surnames, identification_type=kind, identification=identification
    )


@pytest.mark.parametrize(
    "typed",
    [
        "fernandez",
        "FERNÁNDEZ",
        "echandi maria",
        "maria de los angeles fer",
        "1-0843-0217",
        "10843",
        "guardia",
    ],
)
def test_a_name_is_found_without_accents_in_any_order_or_by_its_beginning(typed: str) -> None:
    create_party(data=person("María de los Ángeles", "Fernández-Guardia Echandi", "1-0843-0217"))
    create_party(data=person("Kattia", "Rojas Ureña"))
    assert names(typed) == ["María de los Ángeles Fernández-Guardia Echandi"]


def test_two_letters_find_whose_surname_begins_with_them() -> None:
    create_party(data=person("Ana", "Núñez"))
    create_party(data=person("Nuria", "Mora"))
    assert names("nu") == ["Ana Núñez"]


def test_nothing_typed_finds_nobody() -> None:
    create_party(data=person("Ana", "Núñez"))
    assert names("") == names(" - ") == []


def test_names_sort_as_spanish_readers_expect() -> None:
    for surname in ("Ñurinda", "Nuño", "Zamora", "Ávila", "Avila", "Ávalos"):
        create_party(data=person("Rosa", surname))
    assert names("rosa") == [f"Rosa {s}" for s in ("Ávalos", "Avila", "Ávila", "Nuño", "Ñurinda", "Zamora")]


def test_an_identification_is_printed_by_its_rule_and_belongs_to_one_person() -> None:
    first = create_party(data=person("Ana", "Mora", "108430217"))
    assert first.identification == "1-0843-0217"
    with pytest.raises(DuplicateIdentification):
        create_party(data=person("Eva", "Mora", "1-0843-0217"))


def test_a_wrong_identification_is_refused_unless_it_is_known_to_be_unverified() -> None:
    with pytest.raises(WrongIdentification):
        create_party(data=person("Ana", "Mora", "12"))
    kept = PartyData(
        given_names="Ana", identification_type="cedula", identification="12", identification_verified=False
    )
    assert create_party(data=kept).identification == "12"


def test_a_company_has_a_legal_name_and_nothing_of_a_person() -> None:
    company = create_party(
        data=PartyData(kind="juridical", legal_name=" Tres Ríos S. A. ", given_names="Ana")
    )
    assert (company.name, company.given_names) == ("Tres Ríos S. A.", "")
    with pytest.raises(NamelessParty):
        create_party(data=PartyData(kind="juridical", given_names="Ana"))


def test_the_second_of_two_editors_is_told_and_the_first_loses_nothing() -> None:
    party = create_party(data=person("Ana", "Mora"))
    shown = party.version
    update_party(party_id=party.pk, version=shown, data=person("Ana", "Mora Solís"))
    with pytest.raises(ChangedMeanwhile):
        update_party(party_id=party.pk, version=shown, data=person("Ana María", "Mora"))
    party.refresh_from_db()
    assert party.name == "Ana Mora Solís"
    assert names("solis") == ["Ana Mora Solís"]


def test_a_sector_code_is_used_once() -> None:
    save_sector(code="C", name="Centro", by=SYSTEM)
    with pytest.raises(DuplicateCode):
        save_sector(code="C", name="Carmen", by=SYSTEM)


def test_a_change_of_the_organisation_leaves_what_it_was() -> None:
    update_organisation(changes={"phone": "2222-1111", "name": "Acueducto de San Isidro"}, by=SYSTEM)
    record = AuditRecord.objects.get(kind="registry.organisation")
    assert (record.before, record.after) == ({"phone": ""}, {"phone": "2222-1111"})
