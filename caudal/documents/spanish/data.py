"""What a printed document is made of: the input contract of the words and templates.

Money, quantities and prices are decimal strings, dates ISO strings, so that the same data can be frozen,
kept as JSON and printed again to the byte. Codes are English, words Spanish. Keys of a class with
`total=False` may be absent.
"""

from typing import Any, Literal, NotRequired, TypedDict


class Format(TypedDict):
    """How an organisation writes. `payable_decimals` where totals drop cents; `months` respells (setiembre)."""

    symbol: str
    decimals: int
    point: str
    group: str
    region: str
    paper: Literal["us-letter", "a4", "80mm"]
    payable_decimals: NotRequired[int]
    months: NotRequired[dict[str, str]]


class Sender(TypedDict):
    """Who sends it; `line` holds identification, phone and web; `logo` is an SVG as text."""

    name: str
    line: str
    logo: NotRequired[str]


class Holder(TypedDict):
    """Whom it is for. At most three address lines show in the window; `delivery` is route and order."""

    name: str
    address: NotRequired[list[str]]
    delivery: NotRequired[str]


class Tags(TypedDict, total=False):
    """What must be seen before the amount."""

    provisional: bool
    copy: dict[str, str]  # on, at, by
    void: dict[str, str]  # on, reason


class Document(Tags):
    """`this` is «esta factura», `subject` the big line, `period` its short form."""

    title: str
    this: str
    number: str
    subject: str
    period: str
    issued_on: str
    remarks: NotRequired[str]
    fiscal: NotRequired[str]


class Fact(TypedDict):
    label: str
    value: str
    span: NotRequired[int]
    strong: NotRequired[bool]


class Charge(TypedDict):
    """One payable item. `lines` are those of its explanation (kernel.pricing.lines, kernel.interest)."""

    name: str
    subtotal: str
    total: str
    lines: list[dict[str, Any]]
    group: NotRequired[str]
    tax: NotRequired[str]
    quantity: NotRequired[str]
    unit: NotRequired[str]
    unit_price: NotRequired[str]


class Tax(TypedDict):
    """A tax that is already in the charges; `rate` in percent. `base` where the amount follows from it."""

    name: str
    rate: str
    amount: str
    base: NotRequired[str]


class Carried(TypedDict):
    """What is asked for beside the charges: pending bills, cuota social, credit used (negative)."""

    label: str
    amount: str
    note: NotRequired[str]


class Totals(TypedDict):
    invoice: str
    until_due: str
    after_due: NotRequired[str]


class After(TypedDict, total=False):
    """What happens after the due date: an amount with its label, or a sentence."""

    label: str
    amount: str
    text: str


class Due(TypedDict):
    on: str
    after: NotRequired[After]
    overdue: NotRequired[str]
    zero_text: NotRequired[str]


class Reading(TypedDict):
    """One meter. `photo` is a file name known to the press; `kind` manual, automatic, estimated, customer."""

    meter: str
    unit: str
    previous: str
    previous_on: str
    current: str
    current_on: str
    days: int
    usage: str
    kind: str
    photo: NotRequired[str]
    photo_alt: NotRequired[str]
    note: NotRequired[str]
    limit: NotRequired[str]


class History(TypedDict):
    """Consumption by month, oldest first: {"month": "2026-10", "value": "24", "estimated": bool}."""

    unit: str
    months: list[dict[str, Any]]
    per_day: NotRequired[str]


class Pay(TypedDict, total=False):
    """How to pay: `gs1` pairs of application identifier and value, `qr` the link, `key` and `text` beside."""

    gs1: list[list[str]]
    qr: str
    key: str
    text: str


class BillData(TypedDict):
    kind: Literal["bill"]
    format: Format
    organisation: Sender
    words: dict[str, str]  # account, document
    document: Document
    holder: Holder
    connection: dict[str, str]  # number
    facts: list[Fact]
    charges: list[Charge]
    totals: Totals
    due: Due
    carried: NotRequired[list[Carried]]
    taxes: NotRequired[list[Tax]]
    readings: NotRequired[list[Reading]]
    history: NotRequired[History]
    schedule: NotRequired[dict[str, Any]]  # title, rows of name, due, amount, state, now
    board: NotRequired[dict[str, Any]]  # title, subtitle, rows of label, amount, strong; note, assembly
    messages: NotRequired[list[dict[str, str]]]
    help: NotRequired[list[dict[str, str]]]
    live: NotRequired[str]
    headline: NotRequired[str]
    pay: NotRequired[Pay]


class ReceiptDocument(Tags):
    title: str
    number: str
    on: str
    at: str


class ReceiptData(TypedDict):
    """Lines paid, money by form of payment, change given, and what is left to pay."""

    kind: Literal["receipt"]
    format: Format
    organisation: Sender
    document: ReceiptDocument
    holder: Holder
    who: str
    lines: list[dict[str, str]]  # name, note, amount
    total: str
    tendered: list[dict[str, str]]  # form, amount
    left: dict[str, str]  # label, amount, note
    served: str
    thanks: str
    change: NotRequired[str]
    rounding: NotRequired[str]
    copies: NotRequired[int]
    pay: NotRequired[Pay]


class StatementData(TypedDict):
    """Pending items by property, oldest first, what was paid, then movements from `opening` on."""

    kind: Literal["statement"]
    format: Format
    organisation: Sender
    title: str
    holder: Holder
    who: str
    as_of: str
    opening: str
    movements: list[dict[str, str]]  # date, document, name, debit | credit
    pending: list[dict[str, Any]]  # name, rows of date, name, document, due, days, amount, interest
    note: NotRequired[str]
    pay: NotRequired[Pay]
    first_day: str
    credit: NotRequired[str]  # money received and not yet applied
    paid: NotRequired[list[dict[str, str]]]  # date, name, document, amount, on (the day of its last money)
    if_paid: NotRequired[list[dict[str, str]]]  # on, amount: what would settle everything on some days


class ListingData(TypedDict):
    """A list of the office as it was filtered; cells are words already. `cut`: there were more rows."""

    kind: Literal["listing"]
    format: Format
    organisation: Sender
    title: str
    filters: str
    as_of: str
    by: str
    columns: list[dict[str, Any]]  # name, number (whether its cells are figures)
    rows: list[list[str]]
    cut: bool


Printable = BillData | ReceiptData | StatementData | ListingData
