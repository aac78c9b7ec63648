"""What the board spends: entered, and withdrawn when it was wrong."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from caudal.board.models import Expense
from caudal.common import audit
from caudal.common.actor import Actor


@transaction.atomic
def enter_expense(*, spent_on: date, concept: str, amount: Decimal, by: Actor) -> Expense:
    """Write down an expense; the bills issued from now on tell of it."""
    expense = Expense.objects.create(
        spent_on=spent_on, concept=concept.strip(), amount=amount, entered_by=by.label
    )
    facts = {"spent_on": spent_on.isoformat(), "concept": expense.concept, "amount": str(amount)}
    audit.record(by=by, kind="board.expense", object_type="expense", object_id=expense.pk, after=facts)
    return expense


@transaction.atomic
def withdraw_expense(*, expense_id: int, at: datetime, by: Actor) -> bool:
    """Withdraw an expense that was wrong; whether it still stood."""
    changed = Expense.objects.filter(pk=expense_id, withdrawn_at=None).update(
        withdrawn_at=at, withdrawn_by=by.label
    )
    if changed:
        audit.record(by=by, kind="board.withdraw_expense", object_type="expense", object_id=expense_id)
    return bool(changed)
