"""The small accounts of a board: what it spent, month by month."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from caudal.board import operations
from caudal.board.models import Expense
from caudal.common import clock
from caudal.kernel.periods import add_months
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import tried
from caudal.office.forms.board import ExpenseForm
from caudal.office.forms.fields import FIRST_DAY
from caudal.office.present import board as present


@requires("board.manage")
def listing(request: StaffRequest) -> HttpResponse:
    """A month's expenses, and the form for another."""
    today = clock.today()
    month = _month(request.GET.get("mes", ""), today)
    form = ExpenseForm(request.POST or None, initial={"spent_on": today})
    if request.method == "POST" and form.is_valid():
        expense = operations.enter_expense(**form.cleaned_data, by=request.user.actor)
        messages.success(request, f"Se anotó el gasto «{expense.concept}».")
        return redirect(f"{reverse('office:board_expenses')}?mes={expense.spent_on:%Y-%m}")
    context = {
        "form": form,
        "expenses": present.expenses(month),
        "month": present.month_stats(month, timezone.now()),
        "before": add_months(month, -1),
        "after": add_months(month, 1) if month < today.replace(day=1) else None,
        "active": "board",
    }
    return render(request, "office/expenses.html", context)


@requires("board.manage")
@require_POST
def withdraw(request: StaffRequest, expense_id: int) -> HttpResponse:
    """Withdraw an expense that was wrong; it stays to be seen."""
    expense = get_object_or_404(Expense, pk=expense_id)
    tried(
        request,
        lambda: operations.withdraw_expense(expense_id=expense_id, at=timezone.now(), by=request.user.actor),
        done=f"Se retiró el gasto «{expense.concept}».",
    )
    return redirect(f"{reverse('office:board_expenses')}?mes={expense.spent_on:%Y-%m}")


def _month(asked: str, today: date) -> date:
    try:
        return min(max(date.fromisoformat(f"{asked}-01"), FIRST_DAY), today.replace(day=1))
    except ValueError:
        return today.replace(day=1)
