"""Imports as pages show them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from caudal.common.ui import formats
from caudal.intake.models import Import
from caudal.intake.queries.answers import unanswered
from caudal.intake.queries.reports import question_from_json
from caudal.intake.queries.undoing import undo_refusal
from caudal.office.forms.imports import QuestionsForm
from caudal.registry.context import Town

KINDS: Final = {
    "customers": "Clientes",
    "meters": "Medidores",
    "readings": "Lecturas",
    "invoices": "Facturas",
    "": "No se reconoce: no se usa",
}
FIELDS: Final = {
    "given_names": "nombres",
    "surnames": "apellidos",
    "second_surname": "segundo apellido",
    "full_name": "nombre completo",
    "identification": "identificación",
    "email": "correo",
    "address": "dirección",
    "phone": "teléfono",
    "serial": "serial del medidor",
    "customer": "cliente",
    "installed_on": "fecha de instalación",
    "status": "estado",
    "sector": "sector",
    "brand": "marca",
    "meter": "medidor",
    "read_on": "fecha de la lectura",
    "previous": "lectura anterior",
    "current": "lectura actual",
    "consumption": "consumo",
    "note": "observación",
    "number": "número de factura",
    "covers_from": "desde",
    "covers_until": "hasta",
    "issued_on": "emisión",
    "due_date": "vencimiento",
    "concept": "concepto",
    "unit_price": "precio unitario",
    "quantity": "cantidad",
    "subtotal": "subtotal",
    "tax": "impuesto",
    "total": "total",
    "paid_on": "fecha de pago",
    "name": "nombre",
}
WORK: Final = {
    "reading": "Leyendo el archivo",
    "people": "Aplicando clientes",
    "meters": "Aplicando medidores",
    "readings": "Aplicando lecturas",
    "invoices": "Aplicando facturas",
}
STEPS: Final = ("Subir", "Revisar", "Responder", "Aplicar")
REACHED: Final = {"uploaded": 1, "analysed": 2, "applying": 3, "applied": 4, "refused": 1, "undone": 4}
LEAVE: Final = "Puede cerrar esta página y volver después."
OUTCOMES: Final = ("new", "changed", "same", "wrong")


def listed(found: Import) -> dict[str, Any]:
    """A row of the list, of which `totals` was taken from the report and not the report itself."""
    totals = getattr(found, "totals", None) or {}
    return {
        "id": found.pk,
        "file_name": found.file_name,
        "state": found.state,
        "created_by": found.created_by,
        "created_at": found.created_at,
        **{name: totals.get(name, 0) for name in OUTCOMES},
    }


def progress(found: Import) -> dict[str, Any] | None:
    """How far the work in the background is; None when there is none."""
    if found.state == "uploaded":
        return {"label": "Revisando el archivo", "done": 0, "total": 0, "note": LEAVE}
    if found.state != "applying":
        return None
    told = found.progress
    return {"label": WORK.get(told.step, told.step), "done": told.done, "total": told.total, "note": LEAVE}


def import_page(found: Import, town: Town, *, undo: bool = False) -> dict[str, Any]:
    """Everything the page of an import shows but its findings; with `undo`, whether it can be, which reads a lot."""
    report = found.report
    form = question_form(found)
    ready = found.state == "analysed" and form is None
    totals = report.get("totals", {})
    standing = totals.get("new", 0) + totals.get("changed", 0)
    return {
        "imp": found,
        "steps": _steps(found, form),
        "progress": progress(found),
        "sheets": _sheets(report),
        "totals": totals,
        "questions": form,
        "sections": form.sections() if form else [],
        "answered": _answered(found, town) if form is None else [],
        "columns": [{"label": label, "count": count} for label, count in report.get("columns", []) if label],
        "changes": [_change(one) for one in report.get("changes", [])],
        "changes_count": report.get("changes_count", 0),
        "apply": _brings(report) if ready and not totals.get("wrong") else None,
        "partial": standing if ready and totals.get("wrong") and standing else None,
        "apply_refusal": found.refusal if found.state == "analysed" else "",
        "undo": undo and found.state == "applied",
        "undo_refusal": undo_refusal(found) if undo else "",
    }


def question_form(found: Import, data: Any = None) -> QuestionsForm | None:
    """The form of what is still to be said; None when everything is."""
    asked = found.report.get("questions", [])
    if found.state != "analysed" or (data is None and _complete(asked, found.answers)):
        return None
    return QuestionsForm(asked, found.answers, data) if asked else None


def finding_row(one: Mapping[str, str]) -> dict[str, str]:
    """A finding with the severity in the words of the page."""
    return {**one, "severity": "warning" if one["severity"] == "warning" else "wrong"}


def _complete(asked: list[dict[str, Any]], answers: Mapping[str, Any]) -> bool:
    return not unanswered(map(question_from_json, asked), answers)


def _steps(found: Import, form: QuestionsForm | None) -> list[dict[str, Any]]:
    reached = REACHED[found.state]
    if found.state == "analysed" and form is None:
        reached = 3
    return [
        {"label": label, "note": "", "done": place < reached, "current": place == reached}
        for place, label in enumerate(STEPS)
    ]


def _sheets(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for read in report.get("read", []):
        counts = report["sheets"].get(read["name"], dict.fromkeys(OUTCOMES, 0))
        columns = [
            {"header": c["header"], "meaning": FIELDS.get(c["field"], ""), "sample": c["sample"]}
            for c in read["columns"]
        ]
        found.append(
            {
                "name": read["name"],
                "kind": KINDS[read["kind"]],
                "rows": sum(counts.values()),
                **counts,
                "columns": columns,
            }
        )
    return found


def _brings(report: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(KINDS[kind], count) for kind, count in report.get("brings", {}).items() if count]


def _change(one: list[str]) -> dict[str, str]:
    name, field, before, after = one
    return {"name": name, "note": "", "column": FIELDS[field], "before": before, "after": after}


def _answered(found: Import, town: Town) -> list[tuple[str, str]]:
    """What was said, by question."""
    said = found.answers
    titles = {one["name"]: one for one in found.report.get("questions", [])}
    pairs: list[tuple[str, str]] = []
    for name, question in titles.items():
        labels = dict(question["choices"])
        value = said.get(name)
        if question["form"] == "services":
            text = ", ".join(labels.get(code, code) for code in value or {})
        elif question["form"] == "concepts":
            text = ", ".join(
                f"{concept}: {labels.get(code, code)}" for concept, code in (value or {}).items()
            )
        elif question["form"] == "date":
            text = formats.long_date(date.fromisoformat(value), town) if value else "Desde su vencimiento"
        else:
            text = labels.get(value, "")
        pairs.append((question["title"][:1].upper() + question["title"][1:], text))
    return pairs
