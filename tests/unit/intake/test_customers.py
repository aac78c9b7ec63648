"""The rules for people."""

import pytest

from caudal.intake.checks.facts import CustomerFacts
from caudal.intake.queries.analysis import Town
from tests.unit.intake.books import (
    ANA,
    CUSTOMERS,
    LUIS,
    ana,
    book,
    dry_run,
    dui,
    luis,
    meter,
    said,
    town_book,
)

SLIPPED = ANA[:-1] + str((int(ANA[-1]) + 1) % 10)


def only(*rows: list[object]) -> CustomerFacts:
    (one,) = dry_run(town_book(rows)).customers
    return one


def test_a_person_comes_in_with_calm_names_and_trimmed_texts() -> None:
    one = only(ana(Nombres="  MARÍA ", Apellidos="PÉREZ GIL", Dirección=" Calle  3 "))
    assert (one.given_names, one.surnames, one.address) == ("María", "Pérez Gil", "Calle 3")
    assert (one.identification, one.identification_type, one.email) == (ANA, "dui", "ana@ejemplo.sv")


def test_a_company_has_one_name() -> None:
    one = only(ana(Nombres="ACUEDUCTO RURAL, S.A. DE C.V.", Apellidos=""))
    assert (one.legal_name, one.given_names) == ("Acueducto Rural, S.A. de C.V.", "")


def test_surnames_before_a_comma_are_surnames() -> None:
    analysis = dry_run(book(Padron=[("Nombre completo", "DUI"), ("MORA SOLÍS, ANA", ANA)]))
    assert (analysis.customers[0].given_names, analysis.customers[0].surnames) == ("Ana", "Mora Solís")


def test_a_wrong_check_digit_is_wrong() -> None:
    analysis = dry_run(town_book([ana(DUI=SLIPPED), luis()]))
    assert said(analysis) == [("Clientes", 2, "DUI", "wrong_identification")]
    assert analysis.findings[0].value == SLIPPED


def test_a_number_without_its_dash_is_printed_with_it() -> None:
    assert only(ana(DUI=ANA.replace("-", ""))).identification == ANA


def test_a_number_that_lost_its_zero_in_a_spreadsheet_gets_it_back() -> None:
    assert only(ana(DUI=float(ANA.replace("-", "")))).identification == ANA


def test_the_type_is_the_one_that_the_heading_names_whatever_the_country() -> None:
    for country in ("SV", "CR", "CO", ""):
        analysis = dry_run(town_book([ana(DUI=SLIPPED), luis()]), town=Town(country, "dmy", "."))
        assert said(analysis) == [("Clientes", 2, "DUI", "wrong_identification")]


@pytest.mark.parametrize("heading", ["Documento", "Identificación", "Cédula"])
@pytest.mark.parametrize("country", ["SV", "CR"])
def test_a_heading_that_says_little_is_typed_by_its_cells(heading: str, country: str) -> None:
    numbers = [dui(f"{n:08d}") for n in range(10_000_019, 10_000_400, 37)]
    rows = [("Nombre", heading), *(("Ana", number) for number in numbers), ("Luis", SLIPPED)]
    analysis = dry_run(book(Padron=rows), town=Town(country, "dmy", "."))
    assert said(analysis) == [("Padron", len(rows), heading, "wrong_identification")]


def test_other_numbers_of_the_country_may_stand_in_the_column() -> None:
    company = "0614-050707-104-8"
    assert dry_run(town_book([ana(), luis(DUI=company)])).customers[1].identification_type == "nit"


def test_where_no_rule_is_known_any_document_comes_in() -> None:
    analysis = dry_run(book(Padron=[("Nombre", "Documento"), ("Ana", "AB-1234")]), town=Town())
    assert analysis.customers[0].identification_type == "other"


@pytest.mark.parametrize("text", ["ana arroba ejemplo.sv", "ana@", "no tiene"])
def test_an_invalid_mail_is_a_warning_and_the_row_comes_in_without_it(text: str) -> None:
    analysis = dry_run(town_book([ana(Correo=text)]))
    assert said(analysis) == [("Clientes", 2, "Correo", "invalid_email")]
    assert analysis.findings[0].severity == "warning"
    assert (analysis.customers[0].email, analysis.wrong) == ("", 0)


def test_a_repeated_person_is_the_same_whatever_the_writing() -> None:
    again = ana(Nombres="ANA ", DUI=ANA.replace("-", ""), Correo="", Teléfono="2222-0000")
    analysis = dry_run(town_book([ana(), luis(), again]))
    assert said(analysis) == [("Clientes", 4, "DUI", "repeated")]
    assert analysis.sheets["Clientes"] == {"new": 2, "changed": 0, "same": 1, "wrong": 0}
    assert analysis.customers[0].phone == "2222-0000"


def test_the_same_number_with_another_name_makes_all_its_rows_wrong() -> None:
    analysis = dry_run(town_book([ana(), ana(Nombres="Berta"), luis()], [meter()]))
    assert said(analysis) == [
        ("Clientes", 2, "DUI", "conflict"),
        ("Clientes", 3, "DUI", "conflict"),
        ("Medidores", 2, "DUI cliente", "depends_on_wrong_row"),
    ]
    assert [one.identification for one in analysis.customers] == [LUIS]


def test_every_row_counts_once_and_the_report_has_the_published_shape() -> None:
    analysis = dry_run(town_book([ana(Correo="no"), ana(Correo="no"), luis(DUI="1")]))
    report = analysis.report()
    assert report["sheets"] == {"Clientes": {"new": 1, "changed": 0, "same": 1, "wrong": 1}}
    keys = {"sheet", "row", "column", "value", "code", "severity", "message"}
    assert all(set(one) == keys for one in report["errors"])
    assert CUSTOMERS[2] in {one["column"] for one in report["errors"]}
