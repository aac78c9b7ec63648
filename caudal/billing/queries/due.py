"""What a run expects: the services that bill on a date, and everything that a slice of accounts needs to be priced."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from caudal.billing.assembly.plan import (
    Beside,
    Chain,
    Due,
    Holder,
    Provisional,
    RunPlan,
    ServiceRule,
    Slice,
    Supply,
    TariffRule,
    Usual,
)
from caudal.billing.models import BillRun, Cycle, CycleRoute, Period, Subscription
from caudal.common.errors import DomainError
from caudal.common.sql import rows
from caudal.kernel.calendars import BillingCalendar, DueKind, DueRule, WorkingDays
from caudal.kernel.periods import month_of
from caudal.kernel.pricing import parse_tariff
from caudal.registry.models import Organisation
from caudal.tariffs.models import Service, TariffVersion
from caudal.tariffs.naming import with_names

RECURRING = ("metered", "fixed", "ad_valorem", "licence")


class NothingBillsThen(DomainError):
    """No service has its billing day on this date."""

    code = "nothing_bills_then"
    template = _("No service is billed on %(dated_on)s. Check the date against the services' calendars.")


class UnknownService(DomainError):
    """A service code that does not exist, is not active, or does not bill by itself."""

    code = "unknown_service"
    template = _("There is no recurring service with the code %(service)s.")


def calendar_of(service: Service) -> BillingCalendar:
    """The service's billing calendar as the kernel computes with it."""
    due = DueRule(
        kind=DueKind(service.due_rule),
        days_to_pay=service.days_to_pay,
        day=service.due_day or 31,
        next_working_day=service.due_on_working_day,
    )
    return BillingCalendar(
        months=frozenset(service.billing_months),
        day=service.billing_day,
        in_arrears=service.in_arrears,
        due=due,
    )


def period_starts(service: Service, *, after: date, upto: date) -> tuple[date, ...]:
    """The days in (after, upto] on which a period that the service bills begins: a month, a quarter."""
    calendar = calendar_of(service)
    around = calendar.nominal_dates(after=date(after.year - 1, 1, 1), upto=date(upto.year + 1, 12, 31))
    return tuple(sorted({s for d in around if after < (s := calendar.months_billed(d).start) <= upto}))


def next_dated_on(*, today: date) -> date | None:
    """The first day from today on that some recurring service bills; None where none ever does."""
    services = Service.objects.filter(active=True, kind__in=RECURRING).exclude(billing_months=[])
    yesterday = today - timedelta(days=1)
    return min((calendar_of(service).next_dated_on(yesterday) for service in services), default=None)


def bills_on(service: Service, day: date) -> bool:
    """Whether the service's nominal date falls on this day."""
    calendar = calendar_of(service)
    return calendar.bills_in(day) and calendar.dated_on(day) == day


def services_due(
    *,
    dated_on: date,
    codes: Sequence[str] = (),
    cycle: Cycle | None = None,
    known: Iterable[Service] | None = None,
) -> tuple[Service, ...]:
    """The recurring services that bill on a date, or those of `codes` among them, in bill order.

    Of a cycle: those its connections have and that bill in the month, when the date is the cycle's. `known`: all
    services, where they were read before. Raises UnknownService, and NothingBillsThen when none bills on that date.
    """
    known = Service.objects.filter(active=True) if known is None else known
    recurring = {s.code: s for s in known if s.active and s.kind in RECURRING}
    for code in codes:
        if code not in recurring:
            raise UnknownService(service=code)
    then = (
        [s for s in recurring.values() if bills_on(s, dated_on)]
        if cycle is None
        else _of_cycle(cycle, dated_on)
    )
    due = tuple(s for s in then if not codes or s.code in codes)
    if not due:
        raise NothingBillsThen(dated_on=dated_on)
    return due


def _of_cycle(cycle: Cycle, dated_on: date) -> list[Service]:
    if not cycle.days.filter(dated_on=dated_on).exists():
        return []
    given = Subscription.objects.filter(connection__route__in_cycle__cycle=cycle)
    found = Service.objects.filter(active=True, kind__in=RECURRING, pk__in=given.values("service"))
    return [s for s in found if calendar_of(s).bills_in(dated_on)]


def services_of(run: BillRun, *, known: Iterable[Service] | None = None) -> tuple[Service, ...]:
    """The services that a run bills. `known` and what it raises, where calendars changed since, as `services_due`."""
    codes = [code for code in run.service_codes.split(",") if code]
    return services_due(dated_on=run.dated_on, codes=codes, cycle=run.cycle, known=known)


def working_days(organisation: Organisation) -> WorkingDays:
    """The organisation's working days: every weekday but its holidays."""
    return WorkingDays(frozenset(date.fromisoformat(day) for day in organisation.holidays))


def plan_of(run: BillRun, *, issued_on: date) -> RunPlan:
    """What the run decides once. The periods it bills must exist."""
    plan = plan_for(services=services_of(run), dated_on=run.dated_on, issued_on=issued_on)
    return replace(
        plan,
        run_id=run.pk,
        read_until=_read_until(run, plan.period_ids),
        routes=_routes(run.cycle) or None,
        in_routes=run.cycle is not None,
    )


def plan_for(*, services: Sequence[Service], dated_on: date, issued_on: date) -> RunPlan:
    """What bills of a nominal date say of these services, outside any run.

    A month that has no period yet has the id 0: good for a look, not for an issue.
    """
    organisation = Organisation.objects.get()
    working = working_days(organisation)
    return RunPlan(
        run_id=0,
        dated_on=dated_on,
        issued_on=issued_on,
        rules={s.pk: _rule(s, dated_on, issued_on, working) for s in services},
        tariffs=_tariffs([s.pk for s in services]),
        read_until=dated_on,
        minor_units=organisation.minor_units,
        tax_rounding=organisation.tax_rounding,
    )


def _routes(cycle: Cycle | None) -> list[int]:
    """The routes of a cycle, or of all cycles for a run without one."""
    found = CycleRoute.objects.all() if cycle is None else cycle.members.all()
    return list(found.values_list("route_id", flat=True))


def _read_until(run: BillRun, period_ids: Collection[int]) -> date:
    """The last day of the reading window: of the cycle's month, or of the months billed, else the run's date."""
    if run.cycle is not None:
        return run.cycle.days.values_list("reading_to", flat=True).get(dated_on=run.dated_on)
    billed = Period.objects.filter(id__in=period_ids)
    return max((day for day in billed.values_list("reading_to", flat=True) if day), default=run.dated_on)


def month_billed(service: Service, dated_on: date) -> date:
    """The month that a bill of this nominal date is called after."""
    return calendar_of(service).month_billed(dated_on)


def _rule(service: Service, dated_on: date, issued_on: date, working: WorkingDays) -> ServiceRule:
    calendar = calendar_of(service)
    month = month_of(calendar.month_billed(dated_on))
    parts = sorted(calendar.months)
    period = Period.objects.filter(month=month).first()
    return ServiceRule(
        id=service.pk,
        code=service.code,
        name=service.name,
        kind=service.kind,
        unit=service.unit,
        position=service.position,
        presentation=service.presentation,
        without_reading=service.without_reading,
        tax_name=service.tax_name,
        tax_percent=service.tax_percent,
        period_id=period.pk if period else 0,
        span=calendar.months_billed(dated_on),
        part=parts.index(dated_on.month) + 1,
        due_date=calendar.due_date(dated_on, issued_on=issued_on, working_days=working),
        parts=len(parts),
        assembly_on=period.assembly_on if period else None,
    )


def _tariffs(service_ids: list[int]) -> dict[int, tuple[TariffRule, ...]]:
    found: dict[int, list[TariffRule]] = {}
    published = TariffVersion.objects.filter(tariff__service__in=service_ids).exclude(published_at=None)
    for version in published.select_related("tariff").order_by("tariff_id", "valid_from"):
        rule = TariffRule(
            version_id=version.pk,
            tariff_id=version.tariff_id,
            service_id=version.tariff.service_id,
            name=version.tariff.name,
            start=version.valid_from,
            end=version.valid_to,
            tariff=with_names(parse_tariff(version.definition)),
        )
        found.setdefault(version.tariff_id, []).append(rule)
    return {tariff_id: tuple(versions) for tariff_id, versions in found.items()}


def is_percentage_of_metered(*, tariff_id: int) -> bool:
    """Whether a version of a tariff takes a percentage of a metered service (sewerage of water)."""
    published = TariffVersion.objects.filter(tariff=tariff_id).exclude(published_at=None)
    definitions = published.values_list("definition", flat=True)
    codes = {code for definition in definitions for code in parse_tariff(definition).services}
    return Service.objects.filter(code__in=codes, kind="metered").exists()


@dataclass(frozen=True, slots=True)
class AccountRange:
    """Account ids from `first` to `last`, both inclusive."""

    first: int
    last: int


def account_ranges(plan: RunPlan, *, size: int) -> tuple[AccountRange, ...]:
    """The accounts with something due, cut into slices of at most `size` accounts, in id order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(id), max(id) FROM (
                SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS slice FROM (
                    SELECT DISTINCT account_id AS id FROM billing_subscription
                    WHERE service_id = ANY (%(services)s)
                      AND (NOT %(in_routes)s OR connection_id IN (
                          SELECT id FROM metering_connection WHERE route_id = ANY (%(routes)s::bigint[])))
                    ) AS accounts) AS numbered
            GROUP BY slice ORDER BY slice
            """,
            {
                "size": size,
                "services": list(plan.rules),
                "routes": list(plan.routes or ()),
                "in_routes": plan.in_routes,
            },
        )
        return tuple(AccountRange(first, last) for first, last in cursor.fetchall())


def load_slice(plan: RunPlan, accounts: AccountRange) -> Slice:
    """Everything the assembly needs of these accounts: a constant number of statements, whatever their count."""
    rules = list(plan.rules.values())
    where = {"first": accounts.first, "last": accounts.last, "services": [r.id for r in rules]}
    due = tuple(
        map(
            Due._make,
            rows(
                "billing/due_subscriptions",
                {
                    **where,
                    "periods": [r.period_id for r in rules],
                    "starts": [r.span.start for r in rules],
                    "ends": [r.span.end for r in rules],
                    "routes": plan.routes,
                    "in_routes": plan.in_routes,
                    "followers": list(plan.followers),
                },
            ),
        )
    )
    chains: dict[int, Chain] = {}
    if plan.metered:
        chained = rows("billing/due_chains", {**where, "services": plan.metered, "until": plan.read_until})
        chains = {row[0]: Chain._make(row[1:]) for row in chained}
    return Slice(
        holders={row[0]: Holder._make(row[1:]) for row in rows("billing/due_accounts", where)},
        due=due,
        supplies={row[0]: Supply._make(row[1:]) for row in rows("billing/due_connections", where)},
        chains=chains,
        provisional=_provisional(key for key, chain in chains.items() if chain.provisional),
        usual=_usual(plan, due, chains),
        beside=_beside(plan, due),
    )


def _beside(plan: RunPlan, due: tuple[Due, ...]) -> dict[int, Beside]:
    """What was billed before of tariffs by account: what is left of their sums must know it."""
    if not (by_account := plan.by_account):
        return {}
    billed = [d.id for d in due if d.billed and d.tariff_id in by_account]
    if not billed:
        return {}
    periods = [rule.period_id for rule in plan.rules.values()]
    found = rows("billing/billed_beside", {"subscriptions": billed, "periods": periods})
    return {row[0]: Beside._make(row[1:]) for row in found}


def _provisional(subscriptions: Iterable[int]) -> dict[int, Provisional]:
    wanted = list(subscriptions)
    if not wanted:
        return {}
    found = rows("billing/provisional_charges", {"subscriptions": wanted})
    return {row[0]: Provisional._make(row[1:]) for row in found}


def _usual(plan: RunPlan, due: tuple[Due, ...], chains: dict[int, Chain]) -> dict[int, Usual]:
    """The usual use of metered subscriptions without a new reading, where the service estimates."""
    unread = [
        d.id
        for d in due
        if not d.billed
        and plan.rules[d.service_id].kind == "metered"
        and plan.rules[d.service_id].without_reading == "estimate"
        and not newly_read(chains.get(d.id))
    ]
    if not unread:
        return {}
    found = rows("billing/usual_use", {"subscriptions": unread, "until": plan.read_until})
    return {row[0]: Usual._make(row[1:]) for row in found}


def newly_read(chain: Chain | None) -> bool:
    """Whether there is an accepted reading that is not billed yet, up to the end of the reading window."""
    return chain is not None and chain.to_on > chain.from_on
