"""The blocks of a tariff: their prices and inclusive upper limits, by whatever these depend on.

Whatever the shape, pricing sees one thing: a row per block with its limit and price as numbers. Blocks of
constants give the same rows every time; the others are resolved for the case.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from caudal.kernel.pricing.component import Work, encode_table, getter
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import ONE, ZERO, Lookup, Row, Value, plain, table
from caudal.kernel.pricing.volumes import FindLimit, Limit, find_limit, read_limit


@dataclass(frozen=True, slots=True)
class Block:
    """Units up to and with `upto` (None: all that follow) at `price`.

    `from_` may be written to be checked: where the block before ends, or that and one unit as printed tariffs
    say. A block with a `code` can be the base of a percentage.
    """

    price: Value
    upto: Limit | None = None
    from_: Decimal | None = None
    code: str = ""
    name: str = ""

    @classmethod
    def read(cls, reader: Reader) -> "Block":
        """`{"from": "15", "upto": "30", "price": "618.525"}`."""
        block = cls(
            reader.value("price", least=ZERO),
            None if reader.take("upto") is None else read_limit(reader, "upto"),
            reader.optional_number("from"),
            reader.text("code"),
            reader.text("name"),
        )
        reader.done()
        return block


@dataclass(frozen=True, slots=True)
class BlockTable:
    """Whole sets of blocks by attributes, for tariffs where customers differ in how many blocks they have."""

    by: tuple[str, ...]
    rows: tuple[Row[tuple[Block, ...]], ...]
    otherwise: tuple[Block, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """A lookup of lists of blocks."""
        return encode_table(self.by, self.rows, self.otherwise)


class PriceRow(NamedTuple):
    """One block as pricing sees it; `first` is its first unit as printed, None for a single block."""

    upto: Decimal | None
    price: Decimal
    first: Decimal | None
    code: str
    name: str


Rows = tuple[PriceRow, ...]
FindRows = Callable[[Work], Rows]


def read_blocks(reader: Reader) -> tuple[Block, ...] | BlockTable:
    """A list of blocks, or a lookup of such lists."""
    if isinstance(reader.take("blocks"), dict):
        return BlockTable(*reader.table("blocks", _read_list))
    return _read_list(reader, "blocks")


def _read_list(reader: Reader, key: str) -> tuple[Block, ...]:
    return tuple(Block.read(each) for each in reader.children(key))


def all_lists(blocks: tuple[Block, ...] | BlockTable) -> tuple[tuple[Block, ...], ...]:
    """Every set of blocks that a customer can have."""
    if not isinstance(blocks, BlockTable):
        return (blocks,)
    found = tuple(each for _, each in blocks.rows)
    return found if blocks.otherwise is None else (*found, blocks.otherwise)


def check_blocks(blocks: tuple[Block, ...] | BlockTable, reader: Reader) -> None:
    """Note a last block that is not open, limits that decrease, and gaps."""
    if isinstance(blocks, BlockTable):
        for n, (_, each) in enumerate(blocks.rows):
            _check_list(each, reader, f"blocks.values[{n}]")
        if blocks.otherwise is not None:
            _check_list(blocks.otherwise, reader, "blocks.else")
    else:
        _check_list(blocks, reader, "blocks")


def _check_list(blocks: tuple[Block, ...], reader: Reader, path: str) -> None:
    if blocks and blocks[-1].upto is not None:
        reader.wrong("last_block_not_open", f"{path}[{len(blocks) - 1}].upto")
    before: Limit | None = ZERO
    for n, block in enumerate(blocks):
        here = f"{path}[{n}]"
        if block.upto is None and n < len(blocks) - 1:
            reader.wrong("open_block_not_last", here)
        if block.from_ is not None and isinstance(before, Decimal):
            _check_start(block.from_, before, reader, f"{here}.from")
        for previous, limit in _comparable(before, block.upto):
            if limit < previous:
                reader.wrong("limits_decrease", f"{here}.upto", limit=plain(limit), previous=plain(previous))
        before = block.upto


def _check_start(start: Decimal, before: Decimal, reader: Reader, path: str) -> None:
    as_printed = before + ONE if _is_whole(before) else before
    if start < before:
        reader.wrong("block_overlap", path, start=plain(start), previous=plain(before))
    elif start not in (before, as_printed):
        reader.wrong("block_gap", path, start=plain(start), previous=plain(before))


def _comparable(before: Limit | None, limit: Limit | None) -> Iterable[tuple[Decimal, Decimal]]:
    """The constants that two limits can be compared by: themselves, or the same rows of two lookups."""
    if isinstance(before, Lookup) and isinstance(limit, Lookup) and before.by == limit.by:
        previous = dict(before.rows)
        return tuple((previous[keys], found) for keys, found in limit.rows if keys in previous)
    if isinstance(before, Decimal) and isinstance(limit, Decimal):
        return ((before, limit),)
    return ()


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def find_rows(blocks: tuple[Block, ...] | BlockTable, name: str) -> FindRows:
    """The function that finds the rows for a case. Blocks without a name have that of their component."""
    if isinstance(blocks, BlockTable):
        rows = tuple((keys, find_rows(each, name)) for keys, each in blocks.rows)
        find = table(blocks.by, rows, None if blocks.otherwise is None else find_rows(blocks.otherwise, name))
        return lambda work: find(work.attributes)(work)
    constant = _constant(blocks, name)
    finders = tuple(
        (None if b.upto is None else find_limit(b.upto), getter(b.price), b.code, b.name or name)
        for b in blocks
    )
    if constant is None:
        return lambda work: _resolved(finders, work)
    return lambda work: constant if work.limits is None else _resolved(finders, work)


def _constant(blocks: tuple[Block, ...], name: str) -> Rows | None:
    """The rows of blocks that depend on nothing, or None."""
    found = []
    for block in blocks:
        if not isinstance(block.price, Decimal) or not isinstance(block.upto, Decimal | None):
            return None
        found.append((block.upto, block.price, block.code, block.name or name))
    return _numbered(found)


def _resolved(
    finders: Iterable[tuple[FindLimit | None, Callable[[Work], Decimal], str, str]], work: Work
) -> Rows:
    return _numbered(
        [(limit and limit(work), price(work), code, name) for limit, price, code, name in finders]
    )


def _numbered(blocks: list[tuple[Decimal | None, Decimal, str, str]]) -> Rows:
    """Rows with the first unit of each: one more than the limit before where that is whole."""
    rows = []
    below = ZERO
    for upto, price, code, name in blocks:
        first = None if len(blocks) == 1 else below + ONE if _is_whole(below) else below
        rows.append(PriceRow(upto, price, first, code, name))
        if upto is not None:
            below = max(below, upto)
    return tuple(rows)
