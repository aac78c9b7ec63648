"""What a bill says about paying after its due date: an amount where one falls once, else a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.documents.spanish.data import After
from caudal.documents.spanish.figures import Figures
from caudal.kernel.interest import Debt, late_charges
from caudal.kernel.late_policies import ONCE, LateKind, LatePolicy
from caudal.kernel.money import ZERO


@dataclass(frozen=True, slots=True)
class Owed:
    """A charge of the bill: what is left of it after credit, and what its service says about lateness."""

    service: str
    outstanding: Decimal
    policies: tuple[LatePolicy, ...]


def after_due(charges: Sequence[Owed], *, due: date, figures: Figures) -> After:
    """The surcharge that falls on the first day late, summed; else the rates of interest; else nothing."""
    surcharge = sum((_once(charge, due, figures.decimals) for charge in charges), ZERO)
    if surcharge:
        return {"label": _label(charges, due, figures), "amount": str(surcharge)}
    told = dict.fromkeys(
        _sentence(policy, due, figures)
        for charge in charges
        if charge.outstanding
        for policy in charge.policies
        if policy.kind not in ONCE
    )
    return {"text": f"Después de esa fecha se suma {' y '.join(told)}."} if told else {}


def _once(charge: Owed, due: date, minor_units: int) -> Decimal:
    policies = [policy for policy in charge.policies if policy.kind in ONCE]
    if not policies or not charge.outstanding:
        return ZERO
    first = max(policy.first_day(due) for policy in policies)
    costs = late_charges(Debt(charge.outstanding, due), policies, day=first, minor_units=minor_units)
    return sum((cost.amount for cost in costs), ZERO)


def _label(charges: Sequence[Owed], due: date, figures: Figures) -> str:
    """«Recargo por mora, 5 % de Agua»; without a rate when the charges differ in it."""
    late = [(c.service, p) for c in charges if c.outstanding for p in c.policies if p.kind in ONCE]
    rates = {(p.kind, p.rate_on(p.first_day(due))) for _, p in late}
    if len(rates) != 1:
        return "Recargo por mora"
    kind, rate = rates.pop()
    services = " y ".join(dict.fromkeys(service for service, _ in late))
    return (
        f"Recargo por mora, {figures.percent(rate)} de {services}"
        if kind is LateKind.FLAT
        else "Recargo por mora"
    )


def _sentence(policy: LatePolicy, due: date, figures: Figures) -> str:
    rate = figures.percent(policy.rate_on(policy.first_day(due)))
    if policy.kind is LateKind.DAILY:
        return f"un interés del {rate} anual por cada día de atraso"
    return f"un recargo del {rate} por mes o fracción"
