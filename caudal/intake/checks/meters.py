"""The rules for meters: a serial, a known customer, one row per serial."""

from collections.abc import Iterator
from functools import cache, partial

from caudal.common.text import identification_key, search_text
from caudal.intake.checks.common import Check, days_to_come, references, repeats, resolve
from caudal.intake.checks.facts import MeterFacts, adds, contradicts
from caudal.intake.checks.scope import Place, Scope
from caudal.intake.checks.sizes import everything_fits
from caudal.intake.sheets.findings import Finding
from caudal.intake.sheets.rows import finding
from caudal.intake.sheets.tables import Table

SAID = ("serial", "installed_on", "sector", "address", "brand")
ACTIVE_WORDS = frozenset(
    {
        "",
        "activo",
        "activa",
        "si",
        "s",
        "a",
        "1",
        "x",
        "conectado",
        "en servicio",
        "instalado",
        "funcionando",
        "ok",
    }
)
INACTIVE_WORDS = frozenset(
    {
        *("inactivo", "inactiva", "no", "n", "i", "0", "retirado", "baja", "de baja", "dado de baja"),
        *("desconectado", "cortado", "suspendido", "danado", "cerrado", "fuera de servicio"),
    }
)


def customer_is_known(table: Table, scope: Scope) -> Iterator[Finding]:
    """The holder is in the file or recorded."""
    keys = resolve(table, "customer", scope.customers, scope.existing.customers)
    table.values["holder"] = keys
    yield from references(table, "customer", keys, scope.customers, "unknown_customer")


def installation_has_come(table: Table, scope: Scope) -> Iterator[Finding]:
    """A meter is not installed in the future."""
    yield from days_to_come(table, "installed_on", scope)


def status_is_understood(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Active or not; a word that says neither is told."""
    words = [search_text(text or "") for text in table.column("status")]
    table.values["active"] = [word not in INACTIVE_WORDS for word in words]
    for position, word in enumerate(words):
        if word not in ACTIVE_WORDS and word not in INACTIVE_WORDS:
            yield finding(table, position, "status", "unknown_status")


def one_row_for_each(table: Table, _scope: Scope) -> Iterator[Finding]:
    """A serial twice with the same data is one meter; with other data, nobody knows which row is right."""
    table.values["key"] = [identification_key(text) if text else "" for text in table.column("serial")]
    facts = cache(partial(_facts_at, table))
    yield from repeats(
        table, "serial", table.values["key"], lambda a, b: contradicts(_whole(facts(a)), _whole(facts(b)))
    )


def meter_stands_or_is_new(table: Table, scope: Scope) -> Iterator[Finding]:
    """A meter in store or out of use is recorded already: where it goes is said on its page."""
    keys = table.values["key"]
    idle = scope.existing.idle_meters(set(keys))
    for position, key in enumerate(keys if idle else ()):
        if key in idle:
            yield finding(table, position, "serial", "meter_stands_nowhere")


def holder_stays(table: Table, scope: Scope) -> Iterator[Finding]:
    """A meter that is recorded for somebody else does not change hands by a sheet."""
    recorded = scope.existing.meters(set(table.values["key"]))
    for position in table.sound() if recorded else ():
        known = recorded.get(table.values["key"][position])
        if known is None or position in table.same:
            continue
        one = _facts_at(table, position)
        if known.customer not in ("", one.customer):
            yield finding(table, position, "customer", "other_holder")
        else:
            changed = adds(one.comparable(), known.comparable())
            (table.changed if changed else table.same).add(position)


CHECKS: tuple[Check, ...] = (
    everything_fits,
    customer_is_known,
    installation_has_come,
    status_is_understood,
    one_row_for_each,
    meter_stands_or_is_new,
    holder_stays,
)


def conclude(table: Table, scope: Scope) -> list[MeterFacts]:
    """The sound meters; later sheets may refer to them."""
    meters: dict[str, MeterFacts] = {}
    for position in table.sound():
        meters.setdefault(table.values["key"][position], _facts_at(table, position))
    for position in table.wrong:
        if key := table.column("key")[position]:
            scope.meters.add_wrong(key, Place(table.part_of(position).sheet, table.numbers[position]))
    assert "" not in meters, "meters without a serial would be one"
    for key, one in meters.items():
        scope.meters.add_sound(key)
        scope.meter_holder[key] = one.customer
        if one.installed_on:
            scope.meter_installed[key] = one.installed_on
    return list(meters.values())


def _facts_at(table: Table, position: int) -> MeterFacts:
    """What a sound row says."""
    said = {name: table.values[name][position] for name in SAID if name in table.values}
    return MeterFacts(
        key=table.values["key"][position],
        serial=said["serial"],
        customer=table.values["holder"][position],
        installed_on=said.get("installed_on"),
        active=table.values["active"][position],
        sector=(said.get("sector") or "")[:100],
        address=(said.get("address") or "")[:300],
        brand=(said.get("brand") or "")[:60],
    )


def _whole(one: MeterFacts) -> dict[str, object]:
    """All that two rows of one file must agree on."""
    return one.comparable() | {"installed_on": one.installed_on, "brand": search_text(one.brand)}
