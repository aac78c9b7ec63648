"""How the town pays: most in time, some late with interest, some every other month, some ahead, and some no more."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from caudal.common.actor import Actor
from caudal.jobs.demo_town.places import Habit
from caudal.jobs.demo_town.residents import House
from caudal.receivables.models import Payment
from caudal.receivables.queries import pending_items_of
from caudal.tariffs.models import Service
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft, void_invoice
from caudal.workflows.payments import PaymentRequest, reverse_payment, take_payments

METHODS: Final = (("transfer", 0.5), ("cash", 0.3), ("card", 0.16), ("cheque", 0.04))
BOUNCES: Final = 0.02
# Who gives up comes back after three unpaid bills, or has not come back yet.
UNPAID: Final = 3
COMES_BACK: Final = 0.55
AHEAD_FOR: Final = 4
ROUND_SUM: Final = 5_000
# By weekday: how many days away money comes in; a bank's transfers were made before, at the counter people wait.
BANK_BACK: Final = (0, -1, 0, -1, -2, -3, -4)
COUNTER_BACK: Final = (0, 1, 0, 1, 0, 2, 1)


@dataclass(slots=True)
class Payer:
    """An account as it pays. `leaves`: the bill from which on somebody who gives up pays nothing."""

    account_id: int
    connection_id: int
    habit: Habit
    method: str
    leaves: int


@dataclass(slots=True)
class Till:
    """Takes the payments of a day together. `bills` is how many water runs there will have been."""

    houses: Sequence[House]
    bills: int
    staff: Mapping[str, Actor]
    _payers: dict[int, Payer] = field(default_factory=dict)
    _coming: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))
    _bouncing: dict[date, list[str]] = field(default_factory=lambda: defaultdict(list))
    _twice: dict[date, int] = field(default_factory=dict)
    _billed: int = 0
    _chance: Random = field(default_factory=lambda: Random("till"))

    def bills_out(self, day: date) -> None:
        """The month's bills are out: everybody decides when to come."""
        for house in self.houses:
            payer = self._payers.get(house.account_id) or self._meet(house)
            if payer.connection_id == house.connection_id and (days := self._days(payer)) is not None:
                self._coming[max(day, self._open_day(payer, day + timedelta(days=days)))].add(
                    payer.account_id
                )
        self._billed += 1

    def live(self, day: date) -> None:
        """Take back what bounced, then take the day's money."""
        for key in self._bouncing.pop(day, ()):
            self._bounce(key, day)
        if spoilt := self._twice.pop(day, None):
            void_invoice(
                invoice_id=spoilt, on=day, reason="Reconexión cobrada dos veces.", by=self.staff["billing"]
            )
        coming = sorted(self._coming.pop(day, ()))
        for payer in (self._payers[key] for key in coming):
            if payer.habit is Habit.GAVE_UP and self._billed - UNPAID == payer.leaves:
                self._reconnect(payer, day)
        self._take(coming, day)

    def _meet(self, house: House) -> Payer:
        chance = self._chance
        method = chance.choices([m for m, _ in METHODS], weights=[w for _, w in METHODS])[0]
        leaves = self.bills - chance.randint(UNPAID, UNPAID + 1)
        if chance.random() < COMES_BACK and leaves > UNPAID:
            leaves = chance.randrange(1, leaves - UNPAID + 1)
        payer = Payer(house.account_id, house.connection_id, house.site.habit, method, leaves)
        self._payers[payer.account_id] = payer
        return payer

    def _days(self, payer: Payer) -> int | None:
        """How many days after the bill a payer comes this month; None who does not."""
        chance, bill = self._chance, self._billed
        match payer.habit:
            case Habit.ON_THE_LAST_DAY:
                return chance.randint(14, 15)
            case Habit.LATE:
                return chance.randint(19, 28)
            case Habit.EVERY_OTHER_MONTH:
                return chance.randint(17, 22) if bill % 2 else None
            case Habit.FORGOT if bill >= self.bills - 2:
                return None
            case Habit.GAVE_UP if payer.leaves <= bill:
                return self._days_of_who_left(payer, bill)
            case _:
                return round(chance.triangular(1, 14, 4))

    def _days_of_who_left(self, payer: Payer, bill: int) -> int | None:
        missed = bill - payer.leaves + 1
        return None if missed < UNPAID or bill >= self.bills - 1 else 8

    def _open_day(self, payer: Payer, day: date) -> date:
        """The bank's file comes on Mondays and Wednesdays; the counter is open on Fridays too."""
        by_bank = payer.method == "transfer"
        back = BANK_BACK if by_bank else COUNTER_BACK
        return day + timedelta(days=back[day.weekday()])

    def _take(self, account_ids: Sequence[int], day: date) -> None:
        requests = list(self._requests(account_ids, day))
        take_payments(requests=requests, by=self.staff["cashier"])
        for request in requests:
            if request.method == "cheque" and self._chance.random() < BOUNCES:
                back = self._open_day(self._payers[request.account_id], day + timedelta(days=3))
                self._bouncing[back].append(request.idempotency_key)

    def _requests(self, account_ids: Sequence[int], day: date) -> Iterator[PaymentRequest]:
        owed: dict[int, Decimal] = defaultdict(Decimal)
        for item in pending_items_of(account_ids=account_ids, on=day):
            owed[item.account_id] += item.payable
        for account_id in account_ids:
            payer = self._payers[account_id]
            amount = owed[account_id]
            if payer.habit is Habit.AHEAD and amount:
                amount = Decimal(-(-amount * AHEAD_FOR // ROUND_SUM) * ROUND_SUM)
            if amount:
                yield PaymentRequest(
                    account_id=account_id,
                    amount=amount,
                    method=payer.method,
                    value_on=day,
                    posted_on=day,
                    idempotency_key=f"demo-{day}-{account_id}",
                )

    def _bounce(self, key: str, day: date) -> None:
        payment = Payment.objects.get(idempotency_key=key)
        reverse_payment(
            payment_id=payment.pk,
            on=day,
            reason="Cheque devuelto por el banco: fondos insuficientes.",
            by=self.staff["administrator"],
        )
        self._coming[day + timedelta(days=1)].add(payment.account_id)

    def _reconnect(self, payer: Payer, day: date) -> None:
        """Who comes back pays for the reconnection too; once it was charged twice."""
        service = Service.objects.get(code="reconnection")
        assert service.default_amount is not None
        form = OneOffForm(
            account_id=payer.account_id,
            connection_id=payer.connection_id,
            lines=((service.pk, "", service.default_amount),),
            remarks="Reconexión después de la suspensión por falta de pago.",
        )
        by = self.staff["billing"]
        issue_draft(draft_id=save_draft(form=form, by=by).pk, on=day, by=by)
        if not self._twice and self._chance.random() < 0.2:
            again = issue_draft(draft_id=save_draft(form=form, by=by).pk, on=day, by=by)
            self._twice[day + timedelta(days=1)] = again.pk
