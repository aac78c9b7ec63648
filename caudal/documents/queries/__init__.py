"""What documents say, composed from the stages before: bills as they were issued, receipts, statements."""

from caudal.documents.queries.bills import bill_data, bills_data
from caudal.documents.queries.links import bill_token, bill_url, invoice_of
from caudal.documents.queries.receipts import receipt_data
from caudal.documents.queries.statements import headed_statement, move_words, statement_data
from caudal.documents.queries.why import why_it_changed

__all__ = [
    "bill_data",
    "bill_token",
    "bill_url",
    "bills_data",
    "headed_statement",
    "invoice_of",
    "move_words",
    "receipt_data",
    "statement_data",
    "why_it_changed",
]
