"""Stages ask for work by name; here the names are matched with what the worker knows."""

import ast
import inspect
from pathlib import Path

from procrastinate.contrib.django import app

import caudal
from caudal.jobs import tasks

PACKAGE = Path(caudal.__file__).parent


def deferred() -> list[tuple[str, ast.Call]]:
    """Every call of `queue.defer`, with the file it stands in."""
    calls = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("queue.defer", "defer"):
                calls.append((path.relative_to(PACKAGE).as_posix(), node))
    return calls


def test_every_name_that_is_deferred_is_a_task_that_takes_these_arguments() -> None:
    app.perform_import_paths()
    calls = deferred()
    assert calls
    for path, call in calls:
        name = ast.literal_eval(call.args[0])
        assert name in app.tasks, f"{path}: no task is called {name}"
        given = {keyword.arg for keyword in call.keywords} - {"queueing_lock"}
        taken = set(inspect.signature(app.tasks[name].func).parameters) - {"context"}
        assert given <= taken, f"{path}: {name} takes {taken}"


def test_every_module_of_tasks_is_listed() -> None:
    folder = Path(tasks.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(tasks.__all__)
