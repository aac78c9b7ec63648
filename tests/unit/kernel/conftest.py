"""The tables of docs/rounding.md, as facts that the kernel has to reproduce."""

from pathlib import Path

import pytest

Table = list[dict[str, str]]
PAGE = Path(__file__).parents[3] / "docs" / "rounding.md"


@pytest.fixture(scope="session")
def rounding_tables() -> dict[str, Table]:
    """Heading → the rows of its table, each by column name."""
    tables: dict[str, Table] = {}
    heading, header = "", []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading, header = line.lstrip("# "), []
        if not line.startswith("|") or set(line) <= set("|-: "):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if header:
            tables.setdefault(heading, []).append(dict(zip(header, cells, strict=True)))
        else:
            header = cells
    return tables
