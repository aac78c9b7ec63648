"""Raw documents in the words and figures that people read: pure functions, no clock, no database.

`bill`, `receipt`, `statement` and `listing` make the view that a template prints; `sentences` explains one charge, for
any face. Nothing here computes money that was not already issued: it checks that what is printed adds up,
says «redondeo» where the last place differs, and refuses the rest.
"""

from collections.abc import Callable
from typing import Any

from caudal.documents.spanish.bill import bill
from caudal.documents.spanish.figures import DoesNotAddUp, Figures
from caudal.documents.spanish.listing import listing
from caudal.documents.spanish.receipt import receipt
from caudal.documents.spanish.sentences import sentences
from caudal.documents.spanish.statement import statement

VIEWS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "bill": bill,
    "listing": listing,
    "receipt": receipt,
    "statement": statement,
}

__all__ = ["VIEWS", "DoesNotAddUp", "Figures", "bill", "listing", "receipt", "sentences", "statement"]
