"""The rules for invoices of the system before: amounts that add up, one head for all lines, all lines or none."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from caudal.common.text import identification_key, search_text
from caudal.intake.checks.common import Check, days_to_come, references, repeats, resolve
from caudal.intake.checks.facts import InvoiceFacts, KnownInvoice, LineFacts
from caudal.intake.checks.numbers import digits_of
from caudal.intake.checks.scope import Scope
from caudal.intake.checks.sizes import MONEY, TAX_PERCENT, everything_fits, too_large
from caudal.intake.sheets.findings import Finding
from caudal.intake.sheets.rows import finding
from caudal.intake.sheets.tables import Table
from caudal.kernel.money import round_half_up

CENTS = 2
# What a series keeps of what stands before its numbers.
PREFIX_LONGEST = 40
# A printed subtotal may have been rounded from a price with more decimals than the sheet shows.
PRICE_ROUNDING = Decimal("0.01")
# «Cancelada» is paid, in all of Spanish America; what is void is «anulada».
PAID_WORDS = frozenset(
    {"pagada", "pagado", "cancelada", "cancelado", "cobrada", "cobrado", "abonada", "saldada"}
)
VOID_WORDS = frozenset({"anulada", "anulado", "nula", "nulo"})
LINE = ("concept", "unit_price", "quantity", "subtotal", "tax", "total", "paid_on")
HEAD = ("customer", "meter", "covers_from", "covers_until", "issued_on", "due_date")


def number_has_digits(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Numbers go on counting; what cannot be counted is no invoice number. What stands before has its room, too."""
    for position, text in enumerate(table.column("number")):
        if text and not digits_of(text):
            yield finding(table, position, "number", "number_without_digits")
        elif text and len(text) - len(digits_of(text)) > PREFIX_LONGEST:
            yield finding(table, position, "number", "long_prefix", limit=PREFIX_LONGEST)


def amounts_add_up(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Price by quantity is the subtotal; subtotal and tax are the total."""
    for name in ("subtotal", "tax", "total"):
        table.values[name] = [None if x is None else round_half_up(x, CENTS) for x in table.column(name)]
    columns = (table.column(n) for n in ("unit_price", "quantity", "subtotal", "tax", "total"))
    for position, (price, quantity, net, tax, total) in enumerate(zip(*columns, strict=True)):
        if price is not None and quantity is not None and net is not None:
            expected = round_half_up(price * quantity, CENTS)
            if abs(expected - net) > PRICE_ROUNDING:
                yield finding(table, position, "subtotal", "amounts_do_not_add_up", expected=expected)
        if net is not None and total is not None and net + (tax or 0) != total:
            yield finding(table, position, "total", "amounts_do_not_add_up", expected=net + (tax or 0))


def tax_is_a_percentage(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Each line keeps which part its tax is of what it charges; ten times as much is no tax."""
    for position, (tax, total) in enumerate(zip(table.column("tax"), table.column("total"), strict=True)):
        if tax and total is not None and too_large(total - tax, MONEY):
            yield finding(table, position, "total", "too_large", digits=MONEY[0])
        elif tax and total is not None and abs(tax) * 100 >= TAX_PERCENT * abs(total - tax) > 0:
            yield finding(table, position, "tax", "tax_above_net")


def customer_and_meter_are_known(table: Table, scope: Scope) -> Iterator[Finding]:
    """Both are in the file or recorded; an invoice without a customer is its meter's holder's."""
    meters = resolve(table, "meter", scope.meters, scope.existing.meters)
    recorded = scope.existing.meters(set(meters) - scope.meters.sound)
    holders = {key: one.customer for key, one in recorded.items()} | scope.meter_holder
    stated = resolve(table, "customer", scope.customers, scope.existing.customers)
    table.values["meter_key"] = meters
    table.values["holder"] = [
        key or holders.get(meter, "") for key, meter in zip(stated, meters, strict=True)
    ]
    unknown = list(references(table, "customer", stated, scope.customers, "unknown_customer"))
    said = {one.position for one in unknown}
    yield from unknown
    for one in references(table, "meter", meters, scope.meters, "unknown_meter"):
        if one.position not in said:
            yield one
    whose = "customer" if table.has("customer") else "meter"
    for position, (key, meter) in enumerate(zip(stated, meters, strict=True)):
        if key and (holders.get(meter) or key) != key and scope.customers.knows(key):
            yield finding(table, position, "meter", "other_customer")
        elif not key and scope.meters.knows(meter) and not holders.get(meter):
            yield finding(table, position, whose, "unknown_holder")


def days_make_sense(table: Table, scope: Scope) -> Iterator[Finding]:
    """Issued in the past, a period with an end after its beginning."""
    yield from days_to_come(table, "issued_on", scope)
    columns = (table.column(name) for name in ("covers_from", "covers_until", "issued_on", "due_date"))
    for position, (start, end, issued, due) in enumerate(zip(*columns, strict=True)):
        if start is not None and end is not None and end < start:
            yield finding(table, position, "covers_until", "until_before_from")
        if issued is not None and due is not None and due < issued:
            yield finding(table, position, "due_date", "due_before_issue")


def lines_share_one_head(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Lines of one number say the same customer, meter, period and dates."""
    columns = {
        name: table.column({"customer": "holder", "meter": "meter_key"}.get(name, name)) for name in HEAD
    }
    voids = _says(table, VOID_WORDS)
    for positions in _by_number(table).values():
        first = positions[0]
        for name, column in columns.items():
            odd = next((i for i in positions if column[i] != column[first] and i not in table.wrong), None)
            if odd is not None and first not in table.wrong:
                yield from _conflict(table, positions, name, odd)
                break
        else:
            odd = next((i for i in positions if voids[i] != voids[first]), None)
            if odd is not None:
                yield from _conflict(table, positions, "status", odd)


def _conflict(table: Table, positions: list[int], field: str, odd: int) -> Iterator[Finding]:
    """On every line: none of them can be told to be the right one."""
    for position in positions:
        other = positions[0] if position == odd else odd
        yield finding(table, position, field, "conflict", other_row=table.numbers[other])


def lines_are_not_repeated(table: Table, _scope: Scope) -> Iterator[Finding]:
    """The same concept with the same amounts in the same invoice is the same line again."""
    names = ("unit_price", "quantity", "subtotal", "tax", "total")
    columns = [table.column(name) for name in names]
    concepts = [search_text(text or "") for text in table.column("concept")]
    keys = [
        f"{number}|{concept}|{'|'.join(str(column[i]) for column in columns)}" if number else ""
        for i, (number, concept) in enumerate(zip(table.column("number"), concepts, strict=True))
    ]
    yield from repeats(table, "number", keys, lambda _a, _b: False)


def total_can_be_owed(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Discounts may be lines; an invoice below zero is none, and its lines together fit like each of them."""
    totals = table.column("total")
    for positions in _by_number(table).values():
        counted = [i for i in positions if i not in table.wrong and i not in table.same]
        total = sum((totals[i] for i in counted), Decimal(0))
        if total < 0:
            yield finding(table, counted[0], "total", "negative_total")
        elif too_large(total, MONEY):
            yield finding(table, counted[0], "total", "too_large", digits=MONEY[0])


def recorded_numbers_do_not_change(table: Table, scope: Scope) -> Iterator[Finding]:
    """What was issued stays as it is: the same again is the same, anything else is wrong."""
    facts = _facts(table)
    recorded = scope.existing.invoices(set(facts))
    positions = _by_number(table)
    for number, known in recorded.items():
        one = facts[number]
        same = KnownInvoice(one.customer, one.issued_on, one.total, imported=True)
        if not known.imported:
            code = "number_taken"
        elif known != same:
            code = "differs_from_recorded"
        else:
            table.same.update(positions[number])
            continue
        for position in positions[number]:
            yield finding(table, position, "number", code)


def one_wrong_line_makes_its_invoice_wrong(table: Table, _scope: Scope) -> Iterator[Finding]:
    """An invoice comes in whole or not at all."""
    for positions in _by_number(table).values():
        wrong = next((i for i in positions if i in table.wrong), None)
        if wrong is None:
            continue
        facts = {"other_sheet": table.part_of(wrong).sheet, "other_row": table.numbers[wrong]}
        for position in positions:
            if position not in table.wrong:
                yield finding(table, position, "number", "depends_on_wrong_row", **facts)


def payment_has_a_day(table: Table, scope: Scope) -> Iterator[Finding]:
    """Paid without a day is told: it will count as paid on its due date, so that nobody owes it."""
    paid, days = _says(table, PAID_WORDS), table.column("paid_on")
    yield from days_to_come(table, "paid_on", scope)
    for position in table.sound():
        if paid[position] and days[position] is None and position not in table.same:
            yield finding(table, position, "status", "paid_without_date")


CHECKS: tuple[Check, ...] = (
    everything_fits,
    number_has_digits,
    amounts_add_up,
    tax_is_a_percentage,
    customer_and_meter_are_known,
    days_make_sense,
    lines_share_one_head,
    lines_are_not_repeated,
    total_can_be_owed,
    recorded_numbers_do_not_change,
    one_wrong_line_makes_its_invoice_wrong,
    payment_has_a_day,
)


def conclude(table: Table, _scope: Scope) -> list[InvoiceFacts]:
    """The invoices to come in, in the order of the file."""
    numbers = table.column("number")
    known = {numbers[i] for i in table.same - table.wrong}
    recorded = known - {number for i, number in enumerate(numbers) if i not in table.same}
    found = [one for number, one in _facts(table).items() if number not in recorded]
    assert all(one.customer for one in found), "somebody owes each invoice"
    return found


def _facts(table: Table) -> dict[str, InvoiceFacts]:
    """By number, of the invoices all of whose lines are sound so far; repeated lines count once."""
    said = _Said(
        {name: table.column(name) for name in (*HEAD, *LINE, "note", "status", "holder", "meter_key")},
        paid=_says(table, PAID_WORDS),
        void=_says(table, VOID_WORDS),
    )
    found: dict[str, InvoiceFacts] = {}
    for number, positions in _by_number(table).items():
        if table.wrong.isdisjoint(positions):
            lines = tuple(_line(table, i, said) for i in _different(table, positions, said))
            found[number] = _invoice(number, positions[0], lines, said)
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """The columns of the sheet, read once."""

    columns: dict[str, list[Any]]
    paid: list[bool]
    void: list[bool]

    def at(self, name: str, position: int) -> Any:
        return self.columns[name][position]


def _invoice(number: str, first: int, lines: tuple[LineFacts, ...], said: _Said) -> InvoiceFacts:
    issued = said.at("issued_on", first)
    since = said.at("covers_from", first)
    until = said.at("covers_until", first) or max(issued, since or issued)
    return InvoiceFacts(
        number=number,
        customer=said.at("holder", first),
        meter=said.at("meter_key", first),
        covers_from=since or until.replace(day=1),
        covers_until=until,
        issued_on=issued,
        due_date=said.at("due_date", first) or issued,
        lines=lines,
        note=(said.at("note", first) or "")[:500],
        void=said.void[first],
    )


def _different(table: Table, positions: list[int], said: _Said) -> Iterator[int]:
    """The lines of an invoice without those that repeat another one."""
    written: set[tuple[Any, ...]] = set()
    for i in positions:
        content = tuple(said.at(name, i) for name in LINE)
        if i not in table.same or content not in written:
            written.add(content)
            yield i


def _line(table: Table, i: int, said: _Said) -> LineFacts:
    total, tax = said.at("total", i), said.at("tax", i) or Decimal(0)
    told_on = said.at("paid_on", i)
    paid_on = told_on or said.at("due_date", i) or said.at("issued_on", i)
    return LineFacts(
        row=table.numbers[i],
        concept=(said.at("concept", i) or "")[:200],
        unit_price=said.at("unit_price", i),
        quantity=said.at("quantity", i),
        net=total - tax,
        tax=tax,
        total=total,
        paid_on=paid_on if said.paid[i] or told_on else None,
    )


def _by_number(table: Table) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for position, number in enumerate(table.column("number")):
        if number:
            groups.setdefault(number, []).append(position)
    return groups


def _says(table: Table, words: frozenset[str]) -> list[bool]:
    """Whether each row's status is one of the words. Pending or overdue say nothing: that follows from dates."""
    texts = table.column("status")
    yes = {text for text in set(texts) if text and identification_key(text).casefold() in words}
    return [text in yes for text in texts]
