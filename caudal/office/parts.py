"""The parts page of the demo: each part of the design language once, with its states and unkind content."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from caudal.common.ui.charts import Bar
from caudal.kernel.periods import add_months
from caudal.office.access import ENTER, requires

LONG_NAME = "María de los Ángeles Fernández-Guardia Echandi"
VOLUMES = (34, 31, 30, 33, 29, 28, 32, 30, 31, 34, 33, 31, 92)
YEAR_BEFORE = (30, 29, 33, 35, 31, 30, 29, 32, 30, 31, 29, 30, 34)
ESTIMATED = 7


@dataclass(frozen=True, slots=True)
class Format:
    """A town's number format, to show two of them on one page."""

    symbol: str
    minor_units: int
    point: str
    group: str
    locale: str


COLONES = Format("₡", 0, ",", "\N{NARROW NO-BREAK SPACE}", "es-CR")
DOLLARS = Format("$", 2, ".", ",", "es-SV")


class CustomerSample(forms.Form):
    """Fields of each kind, bound to what somebody got half right."""

    name = forms.CharField(label="Nombre", help_text="Como aparece en la cédula.")
    identification = forms.CharField(label="Cédula", help_text="Nueve dígitos, con o sin guiones.")
    category = forms.ChoiceField(
        label="Categoría",
        help_text="Decide la tarifa.",
        choices=[("home", "Domiciliar"), ("shop", "Comercial")],
    )
    limit = forms.DecimalField(
        label="Límite mensual", required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    remarks = forms.CharField(label="Nota", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    delivery = forms.ChoiceField(
        label="Entrega de la factura",
        choices=[("mail", "Correo"), ("print", "Impresa en la ruta")],
        widget=forms.RadioSelect,
    )
    active = forms.BooleanField(label="Servicio activo", required=False, help_text="Sin marca no se factura.")

    def clean_identification(self) -> str:
        """As a real form would: the message says what to do."""
        digits = re.sub(r"\D", "", self.cleaned_data["identification"])
        if len(digits) < len("108430217"):
            raise forms.ValidationError("Falta un dígito.")
        return digits


class UploadSample(forms.Form):
    file = forms.FileField(
        label="Archivo", widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"})
    )


@requires(ENTER)
def parts(request: HttpRequest) -> HttpResponse:
    """Show every part, in the demo. Nothing here is read from or written to the database."""
    if not settings.DEMO:
        raise Http404
    return render(
        request, "office/parts.html", {**_figures(), **_tables(), **_lists(), **_forms(), "active": "parts"}
    )


def _figures() -> dict[str, Any]:
    last = date(2026, 10, 1)
    bars = [
        Bar(
            month=add_months(last, index - len(VOLUMES) + 1),
            value=Decimal(volume),
            past=Decimal(YEAR_BEFORE[index]),
            estimated=index == ESTIMATED,
            unusual=index == len(VOLUMES) - 1,
        )
        for index, volume in enumerate(VOLUMES)
    ]
    stats = [
        {"label": "Cobrado hoy", "value": "₡1 846 320", "note": "97 comprobantes", "href": "#p-stats"},
        {"label": "Junta El Jícaro", "value": "$4,218.75", "note": "311 asociados", "href": "#p-stats"},
        {"label": "Más de 90 días", "value": "412", "note": "abonados", "href": "#p-stats", "warn": True},
    ]
    return {
        "colones": COLONES,
        "dollars": DOLLARS,
        "amounts": [Decimal("12480"), Decimal(-38), Decimal("1234.5"), Decimal("-0.45"), None],
        "large": Decimal("1284300"),
        "bars": bars,
        "stats": stats,
        "total": {"value": 4812, "label": "servicios activos", "href": "#p-balance"},
        "terms": [
            {"value": 4731, "label": "facturados", "href": "#p-balance"},
            {"value": 52, "label": "retenidas", "href": "#p-balance"},
            {"value": 29, "label": "sin cobro", "href": "#p-balance"},
        ],
        "icons": _icons(),
    }


def _tables() -> dict[str, Any]:
    rows = [
        _row(LONG_NAME, "0042-173", "El Carmen", Decimal(41870), "overdue"),
        _row("Ian Ó Súilleabháin", "0045-003", "Playa Blanca", Decimal(0), "account.paid"),
        _row(
            "Condominio Horizontal Residencial Vistas del Río Pacuare S. A.",
            "0042-174",
            "San Antonio de los Altos de Aguas Claras",
            Decimal(1284300),
            "pending",
        ),
        _row("Sucesión de Evangelista Monge Sibaja", "0042-310", "Calle Real", Decimal(7915), "held"),
    ]
    many = Paginator(range(10_014), 4)
    return {
        "rows": rows,
        "page": many.page(2),
        "columns": [
            {"label": "Medidor", "lead": True},
            {"label": "Lectura", "num": True},
            {"label": "m³", "num": True, "side": True},
        ],
        "cells": [
            {"cells": ["A-0098712", "1 284", "36"], "href": "#p-table"},
            {"cells": ["00077451", "4 410", "28"], "href": "#p-table"},
        ],
        "actions": [
            {"name": "do", "value": "remind", "label": "Enviar aviso", "icon": "mail"},
            {"name": "do", "value": "excel", "label": "Excel", "icon": "download"},
        ],
    }


def _lists() -> dict[str, Any]:
    return {
        "facts": [
            ("Titular", LONG_NAME),
            ("Identificación", "1-0843-0217"),
            ("Dirección", "75 m al sur de la escuela, portón verde"),
            ("Medidor", "A-0098712, desde el 3 de marzo de 2019"),
            ("Categoría", "Domiciliar"),
            ("Correo", "(sin correo: se imprime)"),
        ],
        "sums": [("Agua, 36 m³", "₡16 218"), ("Cargo fijo", "₡2 000"), ("Saldo a favor usado", "−₡40")],
        "sums_total": ("Total", "₡18 178"),
        "steps": [
            {"label": "Revisión", "note": "52 retenidas", "done": True},
            {"label": "Aprobación", "note": "Marcela Solano, 8:02", "done": True},
            {"label": "Emisión", "note": "En curso", "current": True},
            {"label": "Entrega", "note": "Sigue sola al terminar"},
        ],
        "entries": [
            {
                "icon": "overdue",
                "tone": "overdue",
                "title": "Aviso enviado",
                "note": "2 de noviembre, por correo",
            },
            {"icon": "coins", "tone": "paid", "title": "Pagó ₡12 480", "note": "3 de agosto, 9:41"},
            {"icon": "meter", "title": "Cambio de medidor", "note": "3 de marzo de 2019"},
        ],
        "tabs": [
            {"label": "Estado de cuenta", "href": "#p-tabs", "current": True},
            {"label": "Lecturas", "href": "#p-tabs"},
            {"label": "Alertas", "href": "#p-tabs", "count": 1},
        ],
        "hits": [
            {
                "icon": "user",
                "title": LONG_NAME,
                "note": "Abonado 0042-173 · El Carmen",
                "href": "#p-dialog",
                "state": "overdue",
                "word": "₡41 870",
            },
        ],
    }


def _row(name: str, number: str, sector: str, balance: Decimal, state: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, number=number, sector=sector, balance=balance, state=state)


def _forms() -> dict[str, Any]:
    typed = {
        "name": LONG_NAME,
        "identification": "1-0843-021",
        "category": "home",
        "limit": "mucho",
        "delivery": "mail",
    }
    form = CustomerSample(typed)
    form.is_valid()
    return {"form": form, "upload": UploadSample()}


def _icons() -> list[str]:
    sprite = finders.find("caudal/icons.svg")
    return re.findall(r'<symbol id="([a-z]+)" viewBox="0 0 24 24"', Path(str(sprite)).read_text())
