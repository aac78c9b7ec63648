"""Workbooks as offices kept them, with faults that somebody planted and counted: each fault is found, and no other."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caudal.intake.queries.analysis import Analysis, Town, analyse
from caudal.intake.sheets.findings import ERROR
from caudal.intake.sheets.marked import write_marked
from caudal.intake.sheets.workbook import open_workbook
from tests.realdata.conftest import COUNT
from tests.realdata.folder import real_files

Record = Callable[[str, object], None]
# The sheets in the order of their kinds, and each planted fault as the code that names it.
FAULTS = {
    "clientes.correo invalido": ("customers", "invalid_email"),
    "clientes.documento invalido": ("customers", "wrong_identification"),
    "clientes.repetido": ("customers", "repeated"),
    "medidores.fecha invalida": ("meters", "impossible_date"),
    "medidores.cliente desconocido": ("meters", "unknown_customer"),
    "lecturas.medidor desconocido": ("readings", "unknown_meter"),
    "lecturas.no numerica": ("readings", "not_a_number"),
    "lecturas.menor que la anterior": ("readings", "below_previous"),
    "facturas.total no cuadra": ("invoices", "amounts_do_not_add_up"),
}
FILES = real_files("legacy*.xlsx")
TODAY = date(2026, 11, 21)
TOWNS = [Town("SV", "dmy", "."), Town("CR", "dmy", ","), Town()]


def looked_at(file: Path, town: Town = TOWNS[0]) -> Analysis:
    return analyse(open_workbook(file, name=file.name), town=town, today=TODAY)


def expected(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.with_name(f"{file.stem}.expected.json").read_text("utf-8"))
    return found


def by_kind(analysis: Analysis) -> Counter[tuple[str, str]]:
    kinds = dict(zip(analysis.sheets, ("customers", "meters", "readings", "invoices"), strict=True))
    return Counter((kinds[one.sheet], one.code) for one in analysis.findings)


@pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.country or "nowhere")
@pytest.mark.parametrize("file", FILES)
def test_each_planted_fault_is_found_wherever_the_town_is(
    file: Path, town: Town, record_property: Record
) -> None:
    said, found = expected(file), by_kind(looked_at(file, town))
    assert {name: found[key] for name, key in FAULTS.items()} == {
        name: said["faults"].get(name, 0) for name in FAULTS
    }
    planted = {*FAULTS.values(), *((kind, "depends_on_wrong_row") for kind, _code in FAULTS.values())}
    assert {key: n for key, n in found.items() if key not in planted and key[1] != "gap_in_chain"} == {}
    record_property(COUNT, f"{sum(said['faults'].values())} planted faults found")


@pytest.mark.parametrize("file", FILES)
def test_every_row_counts_once_and_what_stands_is_what_nobody_spoiled(file: Path) -> None:
    said, analysis = expected(file), looked_at(file)
    customers, meters, readings, _invoices = analysis.sheets.values()
    assert customers["new"] + customers["wrong"] == said["customers"]
    assert sum(meters.values()) == said["meters"]
    spoiled = sum(n for name, n in said["faults"].items() if name.startswith("lecturas."))
    assert sum(readings.values()) == said["good_readings"] + spoiled
    for name, counts in analysis.sheets.items():
        wrong = {one.row for one in analysis.findings if one.sheet == name and one.severity == ERROR}
        assert len(wrong) == counts["wrong"]


@pytest.mark.parametrize("file", FILES)
def test_the_marked_copy_says_the_same_when_it_is_brought_again(file: Path, tmp_path: Path) -> None:
    before = looked_at(file)
    copy = tmp_path / file.name
    write_marked(open_workbook(file, name=file.name), before.findings, copy)
    after = looked_at(copy)
    assert after.sheets == before.sheets
    assert [one.to_json() for one in after.findings] == [one.to_json() for one in before.findings]
