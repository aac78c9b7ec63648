"""Every permission there is, and which role holds it by default. The database holds what a town changed."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMISSIONS: Final[dict[str, str | Promise]] = {
    "office.enter": _("Enter the office"),
    "customers.view": _("See customers"),
    "customers.edit": _("Create and edit customers"),
    "customers.exempt": _("Keep identifications that fail their check, as not verified"),
    "meters.view": _("See meters"),
    "meters.edit": _("Create and edit meters"),
    "readings.view": _("See readings"),
    "readings.capture": _("Enter readings"),
    "readings.review": _("Accept, correct and reject readings"),
    "services.view": _("See services and tariffs"),
    "services.edit": _("Edit services and tariffs"),
    "tariffs.publish": _("Publish tariffs"),
    "invoices.view": _("See invoices"),
    "invoices.draft": _("Prepare one-off invoices"),
    "invoices.issue": _("Issue one-off invoices"),
    "invoices.void": _("Void invoices"),
    "runs.view": _("See bill runs"),
    "runs.rehearse": _("Rehearse bill runs"),
    "runs.approve": _("Approve and issue bill runs"),
    "payments.view": _("See payments"),
    "payments.take": _("Take payments"),
    "payments.reverse": _("Reverse payments"),
    "imports.run": _("Import files"),
    "outbox.view": _("See the outbox"),
    "reports.view": _("See reports"),
    "audit.view": _("See the history"),
    "board.manage": _("Keep the board's assemblies, quotas and expenses"),
    "users.manage": _("Manage users"),
    "settings.manage": _("Change the organisation's settings"),
}

# What nobody does for one sector alone: whoever is limited to sectors does not do it, whatever his roles.
WHOLE_TOWN: Final = frozenset(
    {
        "services.edit",
        "tariffs.publish",
        "runs.view",
        "runs.rehearse",
        "runs.approve",
        "imports.run",
        "outbox.view",
        "reports.view",
        "audit.view",
        "board.manage",
        "users.manage",
        "settings.manage",
    }
)

_LOOK = ("office.enter", "customers.view", "meters.view", "readings.view", "services.view", "invoices.view")

ROLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "administrator": ("Administración", tuple(PERMISSIONS)),
    "billing": (
        "Facturación",
        (
            *_LOOK,
            "customers.edit",
            "meters.edit",
            "readings.capture",
            "services.edit",
            "tariffs.publish",
            "invoices.draft",
            "invoices.issue",
            "invoices.void",
            "runs.view",
            "runs.rehearse",
            "runs.approve",
            "payments.view",
            "imports.run",
            "outbox.view",
            "reports.view",
            "audit.view",
            "board.manage",
        ),
    ),
    "supervisor": (
        "Supervisión",
        (
            *_LOOK,
            "customers.exempt",
            "readings.capture",
            "readings.review",
            "runs.view",
            "payments.view",
            "reports.view",
            "audit.view",
        ),
    ),
    "reader": ("Lecturas", ("office.enter", "meters.view", "readings.view", "readings.capture")),
    "cashier": (
        "Caja",
        ("office.enter", "customers.view", "invoices.view", "payments.view", "payments.take"),
    ),
    "service": (
        "Atención al cliente",
        (*_LOOK, "customers.edit", "invoices.draft", "payments.view"),
    ),
    "crew": ("Cuadrilla", ("office.enter", "meters.view", "readings.view")),
    "customer": ("Cliente", ()),
}
