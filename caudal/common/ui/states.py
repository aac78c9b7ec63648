"""States as people see them: icon, word and colour, in that order; four meanings, no fifth colour."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from caudal.common.spoken import spanish_lazy


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: one of the six tones of parts.css, an icon of the sprite, a word.

    What citizens see is told in the language of their page; the rest only the office sees.
    """

    tone: str
    icon: str
    word: str | Promise


def _look(tone: str, word: str | Promise, icon: str = "") -> Look:
    return Look(tone, icon or ("flag" if tone == "plain" else tone), word)


# A code alone, or "noun.code" where the same code has another word for another thing.
LOOKS: Final[dict[str, Look]] = {
    "paid": _look("paid", spanish_lazy("Pagada")),
    "pending": _look("pending", spanish_lazy("Pendiente")),
    "overdue": _look("overdue", spanish_lazy("Vencida")),
    "held": _look("held", spanish_lazy("Retenida")),
    "void": _look("plain", spanish_lazy("Anulada"), "x"),
    "draft": _look("plain", "Borrador", "edit"),
    "info": _look("info", "Información"),
    "plain": _look("plain", ""),
    "active": _look("paid", "Activo"),
    "inactive": _look("plain", "Inactivo", "minus"),
    "retained": _look("held", "Retenida"),
    "excused": _look("plain", "Sin cobro", "minus"),
    "account.paid": _look("paid", spanish_lazy("Al día")),
    "service.cancelled": _look("plain", "Anulado", "x"),
    "connection.active": _look("paid", "Activa"),
    "connection.inactive": _look("plain", "Inactiva", "minus"),
    "reading.pending": _look("pending", "Por revisar"),
    "reading.accepted": _look("paid", "Aceptada"),
    "reading.rejected": _look("plain", "Rechazada", "x"),
    "run.rehearsing": _look("pending", "Calculando"),
    "run.rehearsed": _look("pending", "Prefacturada"),
    "run.issuing": _look("info", "Emitiendo"),
    "run.issued": _look("paid", "Emitida"),
    "run.cancelled": _look("plain", "Descartada", "x"),
    "approval.waiting": _look("pending", "Por aprobar"),
    "approval.approved": _look("paid", "Aprobado"),
    "approval.declined": _look("overdue", "Rechazado"),
    "approval.withdrawn": _look("plain", "Retirado", "undo"),
    "approval.lapsed": _look("plain", "Ya no aplica", "minus"),
    "import.uploaded": _look("info", "Recibido", "upload"),
    "import.analysed": _look("pending", "Revisado, sin aplicar"),
    "import.applying": _look("info", "Aplicando"),
    "import.applied": _look("paid", "Aplicado"),
    "import.refused": _look("overdue", "Rechazado"),
    "import.undone": _look("plain", "Deshecho", "undo"),
    "row.new": _look("info", "Nueva", "plus"),
    "row.changed": _look("pending", "Cambia", "edit"),
    "row.same": _look("plain", "Igual", "check"),
    "row.wrong": _look("overdue", "Con error"),
    "message.queued": _look("pending", "En cola"),
    "message.sent": _look("paid", "Enviado"),
    "message.failed": _look("overdue", "No entregado"),
    "message.uncertain": _look("held", "Por confirmar"),
    "message.waiting": _look("pending", "Por imprimir", "print"),
    "message.printed": _look("paid", "Impreso"),
    "payment.applied": _look("paid", spanish_lazy("Aplicado")),
    "payment.reversed": _look("plain", spanish_lazy("Reversado"), "undo"),
    "tariff.draft": _look("plain", "Borrador", "edit"),
    "tariff.current": _look("paid", "Vigente"),
    "tariff.future": _look("pending", "Programada"),
    "tariff.past": _look("plain", "Anterior", "flag"),
}


def look(code: str, of: str = "") -> Look:
    """The look of a state; `of` is the noun it belongs to. An unknown code is told plainly."""
    return LOOKS.get(f"{of}.{code}") or LOOKS.get(code) or Look("plain", "flag", code)
