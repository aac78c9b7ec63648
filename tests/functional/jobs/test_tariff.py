"""`caudal tariff` in a program's hands: a file in, a file out, a price, and a refusal that writes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from caudal.jobs.cli import main
from caudal.jobs.console import Exit
from caudal.tariffs.models import TariffVersion
from tests import factories

pytestmark = pytest.mark.django_db
BLOCKS = [{"upto": "15", "price": "412.35"}, {"upto": "25", "price": "618.525"}, {"price": "927.7875"}]


@pytest.fixture(autouse=True)
def water() -> None:
    factories.organisation()
    factories.service("water", kind="metered", unit="m³")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, BLOCKS)


def written(folder: Path, blocks: list[dict[str, Any]]) -> Path:
    components = [
        {"kind": "fixed", "code": "fijo", "amount": "2450"},
        {"kind": "blocks", "code": "consumo", "blocks": blocks},
    ]
    definition = {
        "format": 1,
        "name": "Agua 2026",
        "service": "water",
        "unit": "m³",
        "valid_from": "2026-01-01",
        "components": components,
    }
    path = folder / "agua.json"
    path.write_text(json.dumps(definition))
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["tariff", *words])
    return code, json.loads(capsys.readouterr().out or "null")


def test_a_case_is_priced_from_a_file_without_storing_anything(file: Path, capsys: Any) -> None:
    code, priced = run(capsys, "price", str(file), "--usage", "24", "--json")
    assert (code, priced["net"], priced["unit"]) == (Exit.OK, "14201.98", "m³")
    assert [line["code"] for line in priced["lines"]] == ["usage", "flat", "block", "block"]
    assert not TariffVersion.objects.exists()


def test_a_file_is_put_in_force_priced_by_its_code_and_written_out_again(
    file: Path, capsys: Any, tmp_path: Path
) -> None:
    code, stored = run(capsys, "import", str(file), "--code", "casa", "--json")
    assert (code, stored["published"]) == (Exit.OK, True)
    code, priced = run(capsys, "price", "casa", "--usage", "24", "--on", "2026-05-01", "--json")
    assert priced["net"] == "14201.98"
    again = tmp_path / "again.json"
    assert main(["tariff", "export", "casa", "--on", "2026-05-01", "--output", str(again)]) == Exit.OK
    assert json.loads(again.read_text()) == json.loads(file.read_text())


def test_a_draft_prices_no_bill_yet(file: Path, capsys: Any) -> None:
    code, stored = run(capsys, "import", str(file), "--code", "casa", "--draft", "--json")
    assert (code, stored["published"]) == (Exit.OK, False)
    assert main(["tariff", "price", "casa", "--usage", "1"]) == Exit.REFUSED


def test_a_tariff_without_an_open_last_block_is_named_and_not_stored(tmp_path: Path, capsys: Any) -> None:
    code, refused = run(capsys, "import", str(written(tmp_path, BLOCKS[:2])), "--code", "casa", "--json")
    assert code == Exit.FOUND
    assert [problem["code"] for problem in refused["problems"]] == ["last_block_not_open"]
    assert not TariffVersion.objects.exists()


def test_a_case_that_has_no_price_is_refused_not_zero(file: Path, capsys: Any) -> None:
    code, refused = run(capsys, "price", str(file), "--json")
    assert (code, len(refused["refusals"])) == (Exit.FOUND, 1)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_file_that_is_none_is_refused(text: str, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "no.json"
    path.write_text(text)
    assert main(["tariff", "import", str(path), "--code", "casa"]) == Exit.FOUND
    assert main(["tariff", "price", str(path), "--usage", "1"]) in (Exit.FOUND, Exit.REFUSED)
    assert main(["tariff", "import", str(tmp_path / "away.json"), "--code", "casa"]) == Exit.REFUSED
    assert not TariffVersion.objects.exists()


def test_a_tariff_that_cannot_be_written_there_is_refused_in_words(
    file: Path, capsys: Any, tmp_path: Path
) -> None:
    run(capsys, "import", str(file), "--code", "agua", "--json")
    for place in (tmp_path / "no-existe" / "agua.json", tmp_path):
        code = main(["tariff", "export", "agua", "--output", str(place)])
        assert (code, f"No se puede escribir en {place}" in capsys.readouterr().err) == (Exit.REFUSED, True)
