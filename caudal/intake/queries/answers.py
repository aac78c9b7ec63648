"""What the sheets cannot say: which questions a file raises, what would be suggested, and the answers given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.common.text import search_text
from caudal.intake.queries.analysis import Analysis, Writing
from caudal.intake.sheets.values import COMMA, DMY, MDY, POINT
from caudal.tariffs.models import Service, Tariff

# What a concept of an old invoice is called, by how it begins, and the words that our services have for it.
CONCEPT_WORDS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("alcantar", "cloac", "sanea", "aguas negras", "sewer"), ("alcantar", "sewer", "sanea", "cloac")),
    (("interes", "mora", "recargo"), ("interes", "interest", "mora", "recargo")),
    (("reconex",), ("reconex", "reconnection")),
    (("basura", "aseo", "desecho", "residuo", "recolec"), ("basura", "refuse", "aseo", "residuo")),
    (("parque", "ornato"), ("parque",)),
    (
        ("consumo", "agua", "cargo fijo", "cuota", "servicio de agua", "excedente"),
        ("agua", "water", "acueducto"),
    ),
)
RECURRING: Final = frozenset({"metered", "fixed"})


class UnknownAnswer(DomainError):
    """An answer that cannot be one. Facts: `question`, `value`."""

    code = "unknown_answer"
    template = _("“%(value)s” does not answer the question about %(question)s.")


class MissingAnswers(DomainError):
    """Something has to be said before the file can come in. Facts: `questions`, what they are about; `asked`."""

    code = "missing_answers"
    template = _("The file does not say everything: answer first about %(questions)s.")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to say. `form` is choice, services, concepts or date; `choices` are (value, label).

    `asked` is what an answer is wanted for (the concepts of old invoices). `suggested` is what would be said.
    """

    name: str
    title: str | Promise
    form: str
    suggested: Any
    choices: tuple[tuple[str, str], ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was said. `tariffs` has the tariff code of each service for the new meters ("" to make one later).

    `concepts` maps the concepts of old invoices to service codes. Readings up to `cut_over` were billed by the
    system before. Interest on old invoices counts from `interest_from`, or from their due dates if None.
    """

    writing: Writing = Writing()
    tariffs: Mapping[str, str] = field(default_factory=dict)
    concepts: Mapping[str, str] = field(default_factory=dict)
    cut_over: date | None = None
    interest_from: date | None = None


def questions(analysis: Analysis, *, today: date) -> tuple[Question, ...]:
    """What a file leaves open, with what would be suggested."""
    found: list[Question] = []
    choices: tuple[tuple[str, str], ...]
    if "date_order" in analysis.asks:
        choices = ((DMY, "día/mes/año"), (MDY, "mes/día/año"))
        found.append(Question("date_order", _("the order of the dates"), "choice", None, choices))
    if "decimal_sign" in analysis.asks:
        choices = ((COMMA, "coma: 1.234,50"), (POINT, "punto: 1,234.50"))
        found.append(Question("decimal_sign", _("the decimal sign"), "choice", None, choices))
    services = list(Service.objects.filter(active=True))
    concepts = _concepts(analysis)
    suggested = {concept: _service_of(concept, services) for concept in concepts}
    if analysis.news.get("meters"):
        found.append(_services_question(services, set(suggested.values())))
    if concepts:
        choices = tuple((s.code, s.name) for s in services)
        title = _("the concepts of the old invoices")
        found.append(Question("concepts", title, "concepts", suggested, choices, concepts))
    if analysis.news.get("meters"):
        found.append(Question("cut_over", _("the cut-over date"), "date", _cut_over(analysis)))
    if analysis.invoices:
        found.append(Question("interest_from", _("from when interest counts"), "date", today))
    return tuple(found)


def parse_answers(given: Mapping[str, Any]) -> Answers:
    """Answers as a form or a JSON file gives them. Raises UnknownAnswer.

    `services` may be a list of service codes, or {service code: tariff code}; a date is ISO text.
    """
    order, sign = given.get("date_order") or None, given.get("decimal_sign") or None
    if order not in (None, DMY, MDY):
        raise UnknownAnswer(question="date_order", value=order)
    if sign not in (None, COMMA, POINT):
        raise UnknownAnswer(question="decimal_sign", value=sign)
    return Answers(
        writing=Writing(order, sign),
        tariffs=_tariffs(given.get("services") or {}),
        concepts=_concepts_said(given.get("concepts") or {}),
        cut_over=_date("cut_over", given.get("cut_over")),
        interest_from=_date("interest_from", given.get("interest_from")),
    )


def unanswered(asked: Iterable[Question], given: Mapping[str, Any]) -> list[Question]:
    """The questions without an answer. A date left empty on purpose (null) is an answer for interest."""
    return [one for one in asked if not _answers(one, given)]


def completed(asked: Iterable[Question], given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, and where they accept it (`"take_suggestions": true`) what is suggested for the rest."""
    found = dict(given)
    if found.pop("take_suggestions", False):
        said = {name: value for name, value in found.items() if value is not None or name == "interest_from"}
        found = {name: value for name, value in suggestions(asked).items() if value} | said
    return found


def suggestions(asked: Iterable[Question]) -> dict[str, Any]:
    """What would be said to each question, as a JSON file of answers; None where there is nothing to suggest."""
    return {
        one.name: one.suggested.isoformat() if isinstance(one.suggested, date) else one.suggested
        for one in asked
    }


def _answers(question: Question, given: Mapping[str, Any]) -> bool:
    if question.name not in given:
        return False
    value = given[question.name]
    if question.form == "concepts":
        return bool(value) and all(value.get(concept) for concept in question.asked)
    return bool(value) or question.name == "interest_from"


def _concepts(analysis: Analysis) -> tuple[str, ...]:
    """The concepts of the invoices, as first written."""
    found: dict[str, str] = {}
    for invoice in analysis.invoices:
        for line in invoice.lines:
            found.setdefault(search_text(line.concept), line.concept)
    return tuple(found.values())


def _service_of(concept: str, services: Sequence[Service]) -> str:
    """The code of the service that a concept seems to be, "" when none does."""
    said = search_text(concept)
    named = [s for s in services if said and said in (search_text(s.name), search_text(s.code))]
    for beginnings, ours in CONCEPT_WORDS:
        if not named and any(word in said for word in beginnings):
            named = [s for s in services if any(word in search_text(s.code, s.name) for word in ours)]
    return named[0].code if named else ""


def _services_question(services: Sequence[Service], billed: set[str]) -> Question:
    """Which services the new meters have: those that the old invoices bill, else the first that is metered."""
    recurring = [s for s in services if s.kind in RECURRING]
    metered = [s.code for s in recurring if s.kind == "metered"][:1]
    chosen = [s.code for s in recurring if s.code in billed] or metered
    tariffs = {code: _only_tariff(code) for code in chosen}
    choices = tuple((s.code, s.name) for s in recurring)
    return Question("services", _("the services of the meters"), "services", tariffs, choices)


def _only_tariff(service_code: str) -> str:
    codes = list(
        Tariff.objects.filter(service__code=service_code).order_by("code").values_list("code", flat=True)
    )
    return codes[0] if codes else ""


def _cut_over(analysis: Analysis) -> date | None:
    """The last day that old invoices cover, else the last reading."""
    ends = [invoice.covers_until for invoice in analysis.invoices]
    return max(ends or analysis.readings.days, default=None)


def _tariffs(given: Any) -> dict[str, str]:
    chosen = dict.fromkeys(given, "") if isinstance(given, list) else _mapped(given)
    services = dict(Service.objects.filter(code__in=chosen).values_list("code", "pk"))
    for service, tariff in chosen.items():
        if service not in services:
            raise UnknownAnswer(question="services", value=service)
        if tariff and not Tariff.objects.filter(code=tariff, service=services[service]).exists():
            raise UnknownAnswer(question="services", value=tariff)
        chosen[service] = tariff or _only_tariff(service)
    return chosen


def _concepts_said(given: Any) -> dict[str, str]:
    said = _mapped(given)
    known = set(Service.objects.values_list("code", flat=True))
    for code in said.values():
        if code and code not in known:
            raise UnknownAnswer(question="concepts", value=code)
    return said


def _mapped(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise UnknownAnswer(question="services", value=given)
    return {str(name): str(value or "") for name, value in given.items()}


def _date(name: str, given: Any) -> date | None:
    if not given or isinstance(given, date):
        return given or None
    try:
        return date.fromisoformat(str(given))
    except ValueError as wrong:
        raise UnknownAnswer(question=name, value=given) from wrong
