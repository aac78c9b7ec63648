"""Which kind of identification a column holds: what its heading names, borne out by its digits.

A heading that only says «documento» is typed by its cells: if nearly all of them satisfy a rule that nearly
none would satisfy by chance, the others are slips.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from stdnum.exceptions import ValidationError

from caudal.common.text import search_text
from caudal.intake.sheets.values import Problem
from caudal.registry.identifications import IdentificationType, types_for

SAMPLE: Final = 500
NAMED_SHARE: Final = 0.5
TYPED_SHARE: Final = 0.8
TELLING: Final = 0.5
# Fewer cells than this bear nothing out.
ENOUGH: Final = 5
# Numbers typed into a cell lose their zeros; no identification begins with more.
LOST_ZEROS: Final = 3
# Documents without a rule: anything satisfies them.
UNRULED: Final = frozenset({"passport", "other"})


@dataclass(frozen=True, slots=True)
class Identified:
    """A number as it is printed, and its type."""

    type_code: str
    printed: str


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How the cells of a column are read; `kind` is None when no rule of the country fits."""

    kind: IdentificationType | None
    others: tuple[IdentificationType, ...]

    def read(self, text: str, *, numeric: bool) -> Identified | Problem:
        """The printed number, or `wrong_identification`."""
        if self.kind is None:
            return Identified("other", text)
        for kind in (self.kind, *self.others):
            for zeros in range(LOST_ZEROS if numeric else 1):
                printed = _printed(kind, "0" * zeros + text)
                if printed is not None:
                    return Identified(kind.code, printed)
        return Problem("wrong_identification")


def rule_for(heading: str, texts: Sequence[str], country: str) -> ColumnRule:
    """The rule of a column by its heading, its cells and the organisation's country."""
    own = [kind for kind in types_for(country) if kind.code not in UNRULED]
    foreign = [kind for kind in types_for("SV") if kind.code == "dui" and country != "SV"]
    sample = list(dict.fromkeys(texts))[:SAMPLE]
    words = set(search_text(heading).split())
    named = [kind for kind in (*own, *foreign) if words & {kind.code, *search_text(str(kind.name)).split()}]
    kind = _chosen(named, [*own, *foreign], sample)
    if kind is None or kind in foreign:
        return ColumnRule(kind, ())
    return ColumnRule(kind, tuple(other for other in own if other is not kind))


def _chosen(
    named: Sequence[IdentificationType], known: Sequence[IdentificationType], sample: Sequence[str]
) -> IdentificationType | None:
    """A rule that tells digits apart and that the cells bear out, one the heading names first; else what it names.

    A heading cannot make a rule without check digits say more than one that the cells plainly obey.
    """
    agreeing = [kind for kind in named if _share(kind, sample) >= NAMED_SHARE]
    shown = [kind for kind in known if _share(kind, sample) >= TYPED_SHARE] if len(sample) >= ENOUGH else []
    telling = [kind for kind in (*agreeing, *shown) if _power(kind, sample) >= TELLING]
    chosen = (*telling, *agreeing, *named, *shown)
    return chosen[0] if chosen else None


def _power(kind: IdentificationType, sample: Sequence[str]) -> float:
    """How many more cells satisfy the rule than would with another last digit: a rule that notices nothing has 0."""
    return _share(kind, sample) - _share(kind, [_slipped(text) for text in sample])


def _share(kind: IdentificationType, sample: Sequence[str]) -> float:
    return sum(_printed(kind, text) is not None for text in sample) / max(len(sample), 1)


def _slipped(text: str) -> str:
    last = text[-1:]
    return text[:-1] + (str((int(last) + 1) % 10) if last.isdecimal() else last)


def _printed(kind: IdentificationType, text: str) -> str | None:
    printed: Callable[[str], str] = kind.printed
    try:
        return printed(text)
    except ValidationError:
        return None
