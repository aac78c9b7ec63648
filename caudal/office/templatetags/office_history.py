"""The history of one object, for the foot of its page: `{% history "meter" meter.id %}`."""

from typing import Any, Final

from django import template
from django.template.context import Context

from caudal.common.models import AuditRecord
from caudal.office.present.history import about, audit_entries

LATEST: Final = 8
register = template.Library()


@register.inclusion_tag("office/_history.html", takes_context=True)
def history(context: Context, of: str, pk: int) -> dict[str, Any]:
    """The latest operations on an object and what belongs to it, with a way to all of them for who may see it."""
    records = AuditRecord.objects.filter(about(of, pk)).order_by("-id")[: LATEST + 1]
    may_see_all = context["user"].can("audit.view")
    entries = audit_entries(records, linked=may_see_all)
    return {"entries": entries[:LATEST], "all": may_see_all and entries, "of": of, "pk": pk}
