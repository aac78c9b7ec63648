"""docs/permissions.md says what the code says."""

from pathlib import Path

from django.utils import translation

from caudal.access.permissions import PERMISSIONS, ROLES

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/permissions.md"
# An administrator may do everything and a citizen enters no office: neither has a column.
COLUMNS = [code for code in ROLES if code not in {"administrator", "customer"}]


def test_the_table_of_roles_is_that_of_the_code() -> None:
    lines = [
        [cell.strip() for cell in line.strip("|\n").split("|")] for line in PAGE.open() if line[0] == "|"
    ]
    head, rows = lines[0], [cells for cells in lines if cells[0].startswith("`")]
    assert head[2:] == [ROLES[code][0] for code in COLUMNS]
    with translation.override("es"):
        expected = [
            [f"`{code}`", str(text), *("●" if code in ROLES[role][1] else "" for role in COLUMNS)]
            for code, text in PERMISSIONS.items()
        ]
    assert rows == expected


def test_an_administrator_may_do_everything_and_a_citizen_nothing_in_the_office() -> None:
    assert set(ROLES["administrator"][1]) == set(PERMISSIONS)
    assert ROLES["customer"][1] == ()
    assert all(set(codes) <= set(PERMISSIONS) for _name, codes in ROLES.values())
