"""Run by Tryton's own Python (see `tryton.py`), not by ours: makes a company and posts invoices of four lines.

Arguments: the database, and how many invoices; TRYTOND_CONFIG names the configuration. Ends with a line of JSON:
seconds to create, and to post.
"""

import json
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from proteus import Model
from proteus import config as proteus
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError

LINES = (("Agua", "12.55"), ("Alcantarillado", "7.53"), ("Basura", "3.75"), ("Otros", "1.00"))


def set_up(database: str) -> dict[str, int]:
    """A company with a chart of accounts, a year, numbers for invoices, and a customer; their ids."""
    proteus.set_trytond(database)
    create_company()
    create_chart()
    set_fiscalyear_invoice_sequences(create_fiscalyear(today=datetime.now(UTC).date())).click("create_period")
    term = create_payment_term()
    term.save()
    customer = Model.get("party.party")(name="Ana Mora")
    customer.addresses[0].street = "Calle 1"
    customer.save()
    accounts, company = get_accounts(), get_company()
    return {
        "company": company.id,
        "currency": company.currency.id,
        "party": customer.id,
        "address": customer.addresses[0].id,
        "receivable": accounts["receivable"].id,
        "revenue": accounts["revenue"].id,
        "term": term.id,
        "journal": Model.get("account.journal").find([("type", "=", "revenue")])[0].id,
    }


def invoice_of(known: dict[str, int]) -> dict[str, Any]:
    """An invoice as Tryton's model takes it."""
    lines = [
        {
            "type": "line",
            "description": text,
            "quantity": 1,
            "unit_price": Decimal(price),
            "account": known["revenue"],
            "currency": known["currency"],
            "company": known["company"],
        }
        for text, price in LINES
    ]
    return {
        "type": "out",
        "company": known["company"],
        "currency": known["currency"],
        "party": known["party"],
        "invoice_address": known["address"],
        "account": known["receivable"],
        "journal": known["journal"],
        "payment_term": known["term"],
        "invoice_date": datetime.now(UTC).date(),
        "lines": [("create", lines)],
    }


def measure(database: str, known: dict[str, int], count: int) -> tuple[float, float]:
    """Seconds to create and to post `count` invoices: two transactions, each with one call for all of them."""
    context, locks = {"company": known["company"]}, {}
    invoices = Pool(database).get("account.invoice")
    start = time.perf_counter()
    with Transaction().start(database, 1, context=context) as transaction:
        made = [invoice.id for invoice in invoices.create([invoice_of(known) for _ in range(count)])]
        transaction.commit()
    create_s = time.perf_counter() - start
    while True:
        start = time.perf_counter()
        with Transaction().start(database, 1, context=context, **locks) as transaction:
            try:
                invoices.post(invoices.browse(made))
            except TransactionError as asked:  # what has to be locked from the beginning, it says on the way
                transaction.rollback()
                asked.fix(locks)
                continue
            transaction.commit()
        return create_s, time.perf_counter() - start


def main(database: str, count: str) -> None:
    known = set_up(database)
    create_s, post_s = measure(database, known, int(count))
    print(json.dumps({"create_s": create_s, "post_s": post_s}))


if __name__ == "__main__":
    main(*sys.argv[1:])
