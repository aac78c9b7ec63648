"""The sentences that need a translation; babel.cfg and babel-en.cfg name the extractors to Babel's commands.

`extract` finds what is English in the code and needs its Spanish (locale/es); `extract_spanish` and `extract_template`
what is Spanish, in code and in templates, and needs its English for citizens (locale/en).
"""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.template.base import Lexer, Token, TokenType
from django.utils.translation import trim_whitespace

CODE = Path(__file__).resolve().parent.parent.parent / "caudal"
ONE = frozenset({"_", "gettext", "gettext_lazy"})
SINGULAR_AND_PLURAL = frozenset({"ngettext", "ngettext_lazy"})

SPANISH = frozenset({"spanish", "spanish_lazy", "spanish_noop", "spoken"})
SPANISH_AND_PLURAL = frozenset({"spanish_many"})
LITERAL = re.compile(r"""_\((["'])(.*?)\1\)""")
ALONE = re.compile(r"""trans(?:late)?\s+(["'])(.*?)\1""")

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


def _of_call(
    call: ast.Call, one: Collection[str] = ONE, many: Collection[str] = SINGULAR_AND_PLURAL
) -> Iterator[Sentence]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "spoken":
        name = "spoken"
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if name in one and texts:
        yield Sentence(call.lineno, "gettext", texts[0], [])
    elif name in many:
        yield Sentence(call.lineno, "ngettext", (texts[0], texts[1]), [])


def extract_spanish(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Sentence]:
    """The Spanish that a module shows to citizens: what it hands to `spanish` and its kin, and to `spoken`."""
    calls = [node for node in ast.walk(ast.parse(fileobj.read())) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: node.lineno):
        yield from _of_call(call, SPANISH, SPANISH_AND_PLURAL)


def extract_template(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Sentence]:
    """The Spanish of a template: {% translate %}, {% blocktranslate %}, and _("…") handed to another tag."""
    tokens = iter(Lexer(fileobj.read().decode()).tokenize())
    for token in tokens:
        line, said = token.lineno or 0, token.contents
        if token.token_type is TokenType.BLOCK and said.startswith("comment"):
            next(t for t in tokens if t.contents == "endcomment")
        elif token.token_type is TokenType.BLOCK and said.startswith("blocktrans"):
            yield _of_block(said, tokens, line)
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            if alone := ALONE.match(said):
                yield Sentence(line, "gettext", alone[2].replace("%", "%%"), [])
            for literal in LITERAL.finditer(said):
                yield Sentence(line, "gettext", literal[2].replace("%", "%%"), [])


def _of_block(opening: str, tokens: Iterator[Token], line: int) -> Sentence:
    """As `BlockTranslateNode` looks for it: singular, and plural where there is one."""
    parts = [""]
    for token in tokens:
        if token.contents.startswith("endblocktrans"):
            break
        if token.token_type is TokenType.BLOCK:  # {% plural %}
            parts.append("")
        elif token.token_type is TokenType.VAR:
            parts[-1] += f"%({token.contents})s"
        elif token.token_type is TokenType.TEXT:
            parts[-1] += token.contents.replace("%", "%%")
    if "trimmed" in opening.split():
        parts = [trim_whitespace(part) for part in parts]
    return Sentence(
        line, "ngettext" if len(parts) > 1 else "gettext", tuple(parts) if len(parts) > 1 else parts[0], []
    )


def used() -> dict[Msgid, list[str]]:
    """Every English msgid of the code, with the files that show it, from the root of the repository."""
    return _gathered(CODE.rglob("*.py"), extract)


def used_for_citizens() -> dict[Msgid, list[str]]:
    """Every Spanish msgid of code and templates, with the files that show it."""
    found = _gathered(CODE.rglob("*.py"), extract_spanish)
    for msgid, places in _gathered(CODE.glob("**/templates/**/*.*"), extract_template).items():
        found.setdefault(msgid, []).extend(places)
    return found


def _gathered(paths: Iterable[Path], extractor: Callable[..., Iterator[Sentence]]) -> dict[Msgid, list[str]]:
    found: dict[Msgid, list[str]] = {}
    for path in sorted(paths):
        place = path.relative_to(CODE.parent).as_posix()
        with path.open("rb") as file:
            for sentence in extractor(file, (), (), {}):
                places = found.setdefault(sentence.msgid, [])
                if place not in places:
                    places.append(place)
    return found
