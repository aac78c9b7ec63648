"""The sentences of the code that need a translation; babel.cfg names `extract` to Babel's commands."""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

CODE = Path(__file__).resolve().parent.parent.parent / "caudal"
ONE = frozenset({"_", "gettext", "gettext_lazy"})
SINGULAR_AND_PLURAL = frozenset({"ngettext", "ngettext_lazy"})

Msgid = str | tuple[str, ...]


class Sentence(NamedTuple):
    """As Babel wants it; a plural form is a pair."""

    line: int
    function: str
    msgid: Msgid
    comments: list[str]


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Sentence]:
    """What a module translates: the arguments of its gettext calls, and the values of dictionaries named …TEXTS.

    Such tables belong to code that may not translate (the kernel); their sentences are looked up by others.
    """
    found: list[Sentence] = []
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.Call):
            found += _of_call(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and target.id.endswith("TEXTS"):
                table = ast.literal_eval(node.value)
                found += [Sentence(node.lineno, "gettext", text, []) for text in table.values()]
    yield from sorted(found, key=lambda sentence: sentence.line)


def _of_call(call: ast.Call) -> Iterator[Sentence]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if name in ONE and texts:
        yield Sentence(call.lineno, name, texts[0], [])
    elif name in SINGULAR_AND_PLURAL:
        yield Sentence(call.lineno, name, (texts[0], texts[1]), [])


def used() -> dict[Msgid, list[str]]:
    """Every msgid of the code, with the files that show it, from the root of the repository."""
    found: dict[Msgid, list[str]] = {}
    for path in sorted(CODE.rglob("*.py")):
        place = path.relative_to(CODE.parent).as_posix()
        with path.open("rb") as module:
            for sentence in extract(module, (), (), {}):
                places = found.setdefault(sentence.msgid, [])
                if place not in places:
                    places.append(place)
    return found
