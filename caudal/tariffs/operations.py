"""Writes of tariffs: services, drafts of tariff versions, and their publication."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import ChangedMeanwhile, save_version
from caudal.kernel.pricing import InvalidTariff, Problem, load_tariff, tariff_to_json
from caudal.tariffs.models import EVERY_MONTH, Service, Tariff, TariffVersion
from caudal.tariffs.publication import publication_problems
from caudal.tariffs.sentences import problem_sentence


class UnpublishableTariff(DomainError):
    """The version cannot price bills.

    Facts: `problems`, all that is wrong with it, and `first`, as a sentence.
    """

    code = "unpublishable_tariff"
    template = _("This tariff cannot be published. %(first)s")

    def __init__(self, *, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems=problems, first=problem_sentence(problems[0]))
        self.problems = problems


class AlreadyPublished(DomainError):
    """A published version no longer changes. Fact: `valid_from`."""

    code = "already_published"
    template = _("The version of %(valid_from)s is published: it no longer changes. Prepare a new one.")


class SameDay(DomainError):
    """Another published version begins that day. Fact: `valid_from`."""

    code = "tariff_same_day"
    template = _("Another version already begins on %(valid_from)s: choose another day.")


class DuplicateTariffCode(DomainError):
    """The code is taken. Fact: `value`."""

    code = "duplicate_tariff_code"
    template = _("The code %(value)s is already in use.")


class UnknownServiceCode(DomainError):
    """A definition names a service that does not exist. Fact: `service`."""

    code = "unknown_service"
    template = _("There is no service “%(service)s”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceData:
    """What is charged, and when. Tax in percent; `late_policies` as kernel.interest reads them."""

    code: str
    name: str
    kind: str
    unit: str = ""
    position: int = 100
    billing_months: tuple[int, ...] = tuple(EVERY_MONTH)
    billing_day: int = 15
    days_to_pay: int = 15
    due_rule: str = "days"
    due_day: int | None = None
    due_on_working_day: bool = False
    in_arrears: bool = True
    tax_name: str = ""
    tax_percent: Decimal = Decimal(0)
    late_policies: tuple[dict[str, Any], ...] = ()
    automatic_issue: bool = False
    presentation: str = "account"
    without_reading: str = "retain"
    default_amount: Decimal | None = None
    ahead_discounts: tuple[dict[str, str], ...] = ()


@transaction.atomic
def create_service(*, data: ServiceData, by: Actor) -> Service:
    """A new service. Raises DuplicateTariffCode."""
    with verdicts(tariffs_service_code_key=DuplicateTariffCode(value=data.code)), transaction.atomic():
        service = Service.objects.create(**_columns(data))
    _record(by, "tariffs.create_service", service, after=_plain(_columns(data)))
    return service


@transaction.atomic
def update_service(*, service_id: int, version: int, data: ServiceData, by: Actor) -> Service:
    """Change a service that still has the version that was shown.

    Raises ChangedMeanwhile, DuplicateTariffCode.
    """
    service = Service.objects.get(pk=service_id)
    before = {name: getattr(service, name) for name in _columns(data)}
    with verdicts(tariffs_service_code_key=DuplicateTariffCode(value=data.code)), transaction.atomic():
        save_version(service, version=version, changes=_columns(data))
    changed = {name: value for name, value in _columns(data).items() if before[name] != value}
    if changed:
        old = _plain({name: before[name] for name in changed})
        _record(by, "tariffs.update_service", service, before=old, after=_plain(changed))
    return service


@transaction.atomic
def retire_service(*, service_id: int, version: int, by: Actor) -> bool:
    """Take a service out of use: deleted when nothing was ever charged or priced by it, else billed no more.

    Answers whether it was deleted. Raises ChangedMeanwhile.
    """
    service = Service.objects.get(pk=service_id)
    save_version(service, version=version, changes={"active": False})
    _record(by, "tariffs.retire_service", service, before={"name": service.name, "active": True})
    try:
        with transaction.atomic():
            service.delete()
    except ProtectedError:
        return False
    return True


@transaction.atomic
def reopen_service(*, service_id: int, version: int, by: Actor) -> None:
    """Take a service into use again. Raises ChangedMeanwhile."""
    service = Service.objects.get(pk=service_id)
    save_version(service, version=version, changes={"active": True})
    _record(by, "tariffs.reopen_service", service, before={"active": False}, after={"active": True})


@transaction.atomic
def create_tariff(*, service_id: int, code: str, name: str, by: Actor) -> Tariff:
    """A tariff without versions yet. Raises DuplicateTariffCode."""
    with verdicts(tariffs_tariff_code_key=DuplicateTariffCode(value=code)), transaction.atomic():
        tariff = Tariff.objects.create(service_id=service_id, code=code, name=name.strip())
    _record(by, "tariffs.create_tariff", tariff, after={"code": code, "service": service_id})
    return tariff


@transaction.atomic
def rename_tariff(*, tariff_id: int, was: str, name: str, by: Actor) -> Tariff:
    """Call a tariff otherwise; prices, versions and what was issued stay. `was` is the name that was shown.

    Raises ChangedMeanwhile.
    """
    tariff = Tariff.objects.select_for_update().get(pk=tariff_id)
    if tariff.name != was:
        raise ChangedMeanwhile
    tariff.name = name.strip()
    if tariff.name != was:
        tariff.save(update_fields=["name"])
        _record(by, "tariffs.rename_tariff", tariff, before={"name": was}, after={"name": tariff.name})
    return tariff


@transaction.atomic
def save_draft(
    *, tariff_id: int, valid_from: date, definition: dict[str, Any], version_id: int | None = None, by: Actor
) -> TariffVersion:
    """Keep a version in preparation, right or wrong: what is wrong is said when it is published.

    With a `version_id` that draft changes. Raises AlreadyPublished.
    """
    draft = TariffVersion(tariff_id=tariff_id)
    if version_id is not None:
        draft = TariffVersion.objects.select_for_update().get(pk=version_id, tariff_id=tariff_id)
        _must_be_draft(draft)
    draft.valid_from, draft.definition = valid_from, definition
    draft.save()
    _record(by, "tariffs.save_draft", draft, after={"tariff": tariff_id, "from": valid_from.isoformat()})
    return draft


@transaction.atomic
def discard_draft(*, version_id: int, by: Actor) -> None:
    """Throw a version in preparation away. Raises AlreadyPublished."""
    draft = TariffVersion.objects.select_for_update().get(pk=version_id)
    _must_be_draft(draft)
    _record(by, "tariffs.discard_draft", draft, before={"from": draft.valid_from.isoformat()})
    draft.delete()


@transaction.atomic
def publish_version(*, version_id: int, by: Actor) -> TariffVersion:
    """Put a version in force from its day on; the one in force until then ends that day.

    Raises AlreadyPublished, UnpublishableTariff with all problems, SameDay.
    """
    Tariff.objects.select_for_update().get(versions=version_id)
    version = TariffVersion.objects.select_related("tariff__service").get(pk=version_id)
    _must_be_draft(version)
    problems = publication_problems(version)
    if problems:
        raise UnpublishableTariff(problems=problems)
    others = TariffVersion.objects.filter(tariff=version.tariff_id, published_at__isnull=False)
    following = others.filter(valid_from__gte=version.valid_from).order_by("valid_from").first()
    if following is not None and following.valid_from == version.valid_from:
        raise SameDay(valid_from=version.valid_from)
    overlapped = Q(valid_to=None) | Q(valid_to__gt=version.valid_from)
    others.filter(overlapped, valid_from__lt=version.valid_from).update(valid_to=version.valid_from)
    version.valid_to = following.valid_from if following else None
    version.published_by_id = by.id
    version.save()
    TariffVersion.objects.filter(pk=version.pk).update(published_at=Now())
    version.refresh_from_db()
    _record(
        by, "tariffs.publish", version, after={"tariff": version.tariff.code, "from": str(version.valid_from)}
    )
    return version


@transaction.atomic
def import_tariff(*, code: str, text: str, valid_from: date | None, by: Actor) -> TariffVersion:
    """Store the text of a tariff file as a draft of the tariff with that code, which is made at need.

    A new tariff is of the service that the file names; `valid_from` replaces the file's own. Raises
    UnpublishableTariff when it is no tariff or has no first day, UnknownServiceCode, DuplicateTariffCode.
    """
    try:
        definition = load_tariff(text)
    except InvalidTariff as wrong:
        raise UnpublishableTariff(problems=wrong.problems) from wrong
    first_day = valid_from or definition.valid_from
    if first_day is None:
        raise UnpublishableTariff(problems=(Problem("", "missing_key", {"key": "valid_from"}),))
    tariff = Tariff.objects.filter(code=code).first()
    if tariff is None:
        service = Service.objects.filter(code=definition.service).first()
        if service is None:
            raise UnknownServiceCode(service=definition.service)
        tariff = create_tariff(service_id=service.pk, code=code, name=definition.name, by=by)
    return save_draft(tariff_id=tariff.pk, valid_from=first_day, definition=tariff_to_json(definition), by=by)


def _must_be_draft(version: TariffVersion) -> None:
    if version.published_at is not None:
        raise AlreadyPublished(valid_from=version.valid_from)


def _columns(data: ServiceData) -> dict[str, Any]:
    columns = asdict(data)
    lists = ("billing_months", "late_policies", "ahead_discounts")
    return columns | {name: list(columns[name]) for name in lists}


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in columns.items()}


def _record(
    by: Actor,
    kind: str,
    row: Service | Tariff | TariffVersion,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    name = row._meta.model_name or ""
    audit.record(by=by, kind=kind, object_type=name, object_id=row.pk, before=before, after=after)
