"""The rules for readings: a known meter, a day, a register that does not fall.

Sheets of hundreds of thousands of rows come here: each rule is one pass over columns.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal
from itertools import islice
from operator import le

from caudal.intake.checks.common import Check, days_to_come, negatives, references, repeats, resolve
from caudal.intake.checks.facts import ReadingFacts
from caudal.intake.checks.scope import Scope
from caudal.intake.checks.sizes import everything_fits
from caudal.intake.sheets.findings import Finding
from caudal.intake.sheets.rows import finding
from caudal.intake.sheets.tables import Table

# A consumption may be rounded to whole cubic metres where the registers are not.
ROUNDED = Decimal(1)


def meter_is_known(table: Table, scope: Scope) -> Iterator[Finding]:
    """The meter is in the file or recorded."""
    keys = resolve(table, "meter", scope.meters, scope.existing.meters)
    table.values["key"] = keys
    yield from references(table, "meter", keys, scope.meters, "unknown_meter")


def day_has_come(table: Table, scope: Scope) -> Iterator[Finding]:
    """Nobody read the meter tomorrow."""
    yield from days_to_come(table, "read_on", scope)


def registers_are_not_negative(table: Table, _scope: Scope) -> Iterator[Finding]:
    """A register counts from zero."""
    yield from negatives(table, "current")
    yield from negatives(table, "previous")


def register_is_not_below_previous(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Below the previous one of its own row. A meter that turned over is a person's decision, not a sheet's."""
    for position, (before, now) in enumerate(
        zip(table.column("previous"), table.column("current"), strict=True)
    ):
        if before is not None and now is not None and now < before:
            yield finding(table, position, "current", "below_previous", previous=before)


def consumption_is_the_difference(table: Table, _scope: Scope) -> Iterator[Finding]:
    """What the row says was used is what its registers differ by, give or take the rounding."""
    columns = (table.column(name) for name in ("previous", "current", "consumption"))
    for position, (before, now, used) in enumerate(zip(*columns, strict=True)):
        if before is None or now is None or used is None or now - before == used or now < before:
            continue
        if abs(now - before - used) >= ROUNDED:
            yield finding(table, position, "consumption", "consumption_mismatch", difference=now - before)


def one_reading_a_day(table: Table, _scope: Scope) -> Iterator[Finding]:
    """The same meter and day twice: the same register is a repetition, another one is a contradiction."""
    registers = table.column("current")
    said = list(zip(table.column("key"), table.column("read_on"), strict=True))
    if len(set(said)) < len(said):
        keys = [one if one[0] and one[1] is not None else None for one in said]
        yield from repeats(table, "read_on", keys, lambda a, b: registers[a] != registers[b])


def register_rises_with_time(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Below a sound reading of an earlier day is wrong; not going on from it is told, where no wrong row is why."""
    keys, registers, previous = table.column("key"), table.column("current"), table.column("previous")
    broken = {keys[position] for position in table.wrong}
    reached: tuple[str, int] | None = None
    for position in in_order(table):
        if reached is not None and reached[0] == keys[position]:
            earlier = reached[1]
            register = registers[earlier]
            if registers[position] < register:
                facts = {"register": register, "other_row": table.numbers[earlier]}
                yield finding(table, position, "current", "below_earlier", **facts)
                broken.add(keys[position])
                continue
            gap = previous[position] is not None and previous[position] != register
            if gap and keys[position] not in broken:
                yield finding(table, position, "previous", "gap_in_chain", register=register)
        reached = (keys[position], position)


def goes_on_from_the_records(table: Table, scope: Scope) -> Iterator[Finding]:
    """What was read already is the same, or does not change here; what is new comes after it."""
    keys, days, registers = table.column("key"), table.column("read_on"), table.column("current")
    sound = table.sound()
    known = scope.existing.meters(set(keys))
    span = [days[position] for position in sound if keys[position] in known]
    if not span:
        return
    recorded = scope.existing.registers(known, min(span), max(span))
    last = scope.existing.last_readings(known)
    for position in sound if last or recorded.sent else ():
        key, day, register = keys[position], days[position], registers[position]
        if position in table.same or key not in known:
            continue
        if recorded.accepted.get((key, day)) == register or (key, day, register) in recorded.sent:
            table.same.add(position)
        elif (key, day) in recorded.accepted:
            yield finding(table, position, "current", "differs_from_recorded")
        elif key in last and day <= last[key].read_on:
            yield finding(table, position, "read_on", "older_than_recorded", day=last[key].read_on)
        elif key in last and register < last[key].register:
            facts = {"register": last[key].register, "day": last[key].read_on}
            yield finding(table, position, "current", "below_recorded", **facts)


def comes_after_the_installation(table: Table, scope: Scope) -> Iterator[Finding]:
    """A reading before the meter's installation shows that the meter was there: the installation moves."""
    installed = scope.meter_installed
    for key, meter in scope.existing.meters(scope.meters.recorded).items():
        if meter.installed_on is not None:
            installed.setdefault(key, meter.installed_on)
    if not installed:
        return
    keys, days = table.column("key"), table.column("read_on")
    for position in in_order(table):
        since = installed.get(keys[position])
        if since is not None and days[position] < since:
            installed[keys[position]] = days[position]
            scope.moved.add(keys[position])
            yield finding(table, position, "read_on", "read_before_installation")


CHECKS: tuple[Check, ...] = (
    everything_fits,
    meter_is_known,
    day_has_come,
    registers_are_not_negative,
    register_is_not_below_previous,
    consumption_is_the_difference,
    one_reading_a_day,
    goes_on_from_the_records,
    register_rises_with_time,
    comes_after_the_installation,
)


def in_order(table: Table) -> list[int]:
    """The positions of sound rows that are not repetitions, by meter and day; sorted anew when these change."""
    left_out = table.wrong | table.same
    if table.ordered is None or table.ordered[0] != len(left_out):
        table.ordered = (len(left_out), _sorted(table, left_out))
    return table.ordered[1]


def _sorted(table: Table, left_out: AbstractSet[int]) -> list[int]:
    said = list(zip(table.column("key"), table.column("read_on"), strict=True))
    positions = list(range(len(table)))
    if left_out:
        positions = [i for i in positions if i not in left_out]
        said = [said[i] for i in positions]
    if all(map(le, said, islice(said, 1, None))):
        return positions
    return [position for _said, position in sorted(zip(said, positions, strict=True))]


def conclude(table: Table, _scope: Scope) -> ReadingFacts:
    """The readings to come in, by meter and day."""
    order = in_order(table)
    notes = table.column("note")
    keys = [table.values["key"][i] for i in order]
    assert "" not in keys, "a reading is of a meter"
    return ReadingFacts(
        keys=keys,
        days=[table.values["read_on"][i] for i in order],
        registers=[table.values["current"][i] for i in order],
        previous=[table.column("previous")[i] for i in order],
        notes=[(notes[i] or "")[:300] for i in order],
    )
