"""Invoices outside the bill run: by form, once, ahead of their time; and the months they are dated into."""

from caudal.workflows.invoices.drafts import (
    DraftChanged,
    EmptyInvoice,
    OneOffForm,
    WrongSpan,
    discard_draft,
    issue_draft,
    issue_form,
    preview,
    save_draft,
    void_invoice,
)

__all__ = [
    "DraftChanged",
    "EmptyInvoice",
    "OneOffForm",
    "WrongSpan",
    "discard_draft",
    "issue_draft",
    "issue_form",
    "preview",
    "save_draft",
    "void_invoice",
]
