"""The style of the repository, as a test. Limits are maxima; beauty is in the tail.

What the linters hold (complexity, import order, types) is not told again here: `make lint` runs them before
the tests. Here stands what they cannot see, and that nobody has switched them off.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from grimp import build_graph

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "caudal"
FILE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 6
STAGE_MODULES = 8
STAGES = (
    "access",
    "approvals",
    "billing",
    "board",
    "documents",
    "intake",
    "metering",
    "notices",
    "receivables",
    "registry",
    "tariffs",
    "workflows",
)
# Exceptions carry the number they have, which may only go down: "path" (file) or "path:function".
LONGER_FILES: dict[str, int] = {}
LONGER_FUNCTIONS: dict[str, int] = {}
MORE_PARAMETERS: dict[str, int] = {}
# A linter is silenced only where its reason stands beside it; this many times.
SILENCED = 4

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would take, so that a new file is held before its first commit."""
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(path for name in found.stdout.splitlines() if (path := ROOT / name).is_file())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources() -> list[Path]:
    """Python that people write: everything but migrations, which Django generates."""
    return [path for path in tracked("*.py") if "migrations" not in path.parts]


def functions() -> Iterator[tuple[str, Function]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield f"{name_of(path)}:{node.name}", node


def beyond(limit: int, measured: dict[str, int], listed: dict[str, int]) -> list[str]:
    """What is over the limit and not listed, and what is listed with another number than it has."""
    new = [f"{name}: {n} > {limit}" for name, n in measured.items() if n > max(limit, listed.get(name, 0))]
    stale = [
        f"{name}: listed with {n}, is {measured.get(name, 0)}: lower the number or strike the line"
        for name, n in listed.items()
        if measured.get(name, 0) < n
    ]
    return sorted(new + stale)


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    written = sources() + tracked("*.sql", "*.css", "*.js", "*.typ")
    lines = {name_of(path): len(path.read_text().splitlines()) for path in written}
    assert not beyond(FILE_LINES, lines, LONGER_FILES)


def test_no_function_is_too_long_to_be_held_in_the_head() -> None:
    lines: dict[str, int] = {}
    for name, node in functions():
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        lines[name] = max(lines.get(name, 0), length)
    assert not beyond(FUNCTION_LINES, lines, LONGER_FUNCTIONS)


def test_no_function_of_ours_has_too_many_parameters() -> None:
    counts: dict[str, int] = {}
    for name, node in functions():
        if name.startswith("tests/"):  # a test names its fixtures
            continue
        arguments = node.args
        own = [
            a
            for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            if a.arg not in ("self", "cls")
        ]
        counts[name] = max(counts.get(name, 0), len(own))
    assert not beyond(PARAMETERS, counts, MORE_PARAMETERS)


def test_imports_stand_at_the_top_of_a_file() -> None:
    hidden = [
        f"{name}: line {inner.lineno}"
        for name, node in functions()
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def test_no_error_is_swallowed_whole() -> None:
    blind = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and _names(node.type) & {"", "Exception", "BaseException"}:
                blind.append(f"{name_of(path)}: line {node.lineno}")
    assert not blind


def _names(node: ast.expr | None) -> set[str]:
    if node is None:
        return {""}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def test_linters_are_silenced_only_with_a_reason() -> None:
    silenced, without_reason = 0, []
    mark = re.compile(r"#\s*(noqa|type: ?ignore|pragma: no cover)(\S*)(.*)")
    for path in sources():
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if found := mark.search(line):
                silenced += 1
                if "[" not in found[2] and ":" not in found[2]:
                    without_reason.append(f"{name_of(path)}: line {number}")
    assert not without_reason
    assert silenced <= SILENCED, "mend the code, or say in review why the number goes up"


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    found = [
        f"{name_of(path)}: line {number}"
        for path in tracked("*.py", "*.html", "*.js", "*.css", "*.sql", "*.typ", "*.md", "Makefile", "bin/*")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if later.search(line)
    ]
    assert not found


def test_the_repository_speaks_of_caudal_alone() -> None:
    """No path of one developer's machine, and no talk about how the text came to be."""
    foreign = re.compile(r"(?<![\w.])/(wor" r"k|tmp/pla" r"n|Users|home/\w+)/|\bissue #\d")
    found = [
        f"{name_of(path)}: line {number}: {line.strip()[:80]}"
        for path in tracked()
        if path.suffix not in (".lock", ".png", ".jpg", ".xlsx", ".gz", ".mo", ".woff2", ".ico")
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if foreign.search(line)
    ]
    assert not found


def test_every_package_has_its_layer() -> None:
    """lint-imports holds the order of the layers; here, that no package lives outside of them."""
    contracts = (ROOT / ".importlinter").read_text()
    listed = contracts.partition("layers =")[2].partition("exhaustive = True")
    assert listed[1], "the layers must be exhaustive"
    layers = set(re.findall(r"\w+", listed[0]))
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages - layers == set()


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = build_graph("caudal", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert not _circles(imports)


def _circles(imports: dict[str, set[str]]) -> set[str]:
    """Modules that are left once everything that imports nothing left is taken away, again and again."""
    left = {module: set(targets) for module, targets in imports.items()}
    while ends := [module for module, targets in left.items() if not targets & left.keys()]:
        for module in ends:
            del left[module]
    while starts := left.keys() - set().union(*left.values()):
        for module in starts:
            del left[module]
    return set(left)


def test_the_kernel_imports_the_standard_library_only() -> None:
    foreign = []
    for path in (PACKAGE / "kernel").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith(
                    "caudal.kernel"
                ):
                    foreign.append(f"{name_of(path)}: {name}")
    assert not foreign


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_can_be_surveyed(stage: str) -> None:
    parts = {
        path.stem
        for path in (PACKAGE / stage).iterdir()
        if (path.suffix == ".py" and path.stem != "__init__")
        or (path.is_dir() and path.name != "__pycache__")
    }
    assert len(parts) <= STAGE_MODULES, sorted(parts)


def test_models_keep_to_their_trade() -> None:
    """No signals, and no save() that does more than save: writes are in operations."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "django.db.models.signals"
            ):
                found.append(f"{name_of(path)}: signals")
            if path.stem == "models" and isinstance(node, ast.FunctionDef) and node.name == "save":
                found.append(f"{name_of(path)}: save()")
    assert not found


def test_stages_do_not_read_the_clock() -> None:
    clocks = {"date.today", "datetime.now", "timezone.now", "time.time", "time.monotonic"}
    found = []
    for stage in (*STAGES, "kernel"):
        for path in (PACKAGE / stage).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and ast.unparse(node) in clocks:
                    found.append(f"{name_of(path)}: line {node.lineno}")
                if isinstance(node, ast.Call) and ast.unparse(node) == "timezone.localdate()":
                    found.append(f"{name_of(path)}: line {node.lineno}")
    assert not found


def test_the_limits_of_the_linters_are_those_of_this_file() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    assert ruff["lint"]["mccabe"]["max-complexity"] == 8
    assert ruff["lint"]["pylint"]["max-args"] == PARAMETERS
    assert {"C90", "BLE", "PLC", "PLR0913"} <= set(ruff["lint"]["select"])
    assert ruff["line-length"] == 110


def test_the_password_of_nobody_is_committed() -> None:
    secret = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|ghp_\w{36}")
    text = [
        path
        for path in tracked()
        if path.suffix not in (".xlsx", ".gz", ".png", ".jpg") and path != Path(__file__)
    ]
    assert not [name_of(path) for path in text if secret.search(path.read_text(errors="replace"))]
