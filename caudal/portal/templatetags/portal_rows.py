"""The rows of the statement, by `{% load portal_rows %}`: the page that citizens open most is mostly rows, and each
made by a dozen tags of its own took a fifth of the page's time.
"""

from collections.abc import Iterable

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from caudal.common.spoken import spanish
from caudal.common.ui.formats import short_date
from caudal.common.ui.templatetags.caudal_ui import money, plain, status_filter
from caudal.portal.present.debt import Entry, Step
from caudal.registry.context import Town

register = template.Library()


@register.simple_tag
def item_rows(entries: Iterable[Entry], town: Town) -> SafeString:
    """`{% item_rows group.entries town %}`: a box to choose for each item; caudal.js reads its `data-*`."""
    return SafeString("\n".join(_item(entry, town) for entry in entries))


@register.simple_tag
def movement_rows(steps: Iterable[Step], town: Town) -> SafeString:
    """`{% movement_rows movements town %}`: rows of a table of date, movement, charge, credit and balance."""
    on, charge, credit = spanish("Fecha"), spanish("Cargo"), spanish("Abono")
    return SafeString(
        "\n".join(
            f'<tr><td data-label="{on}" class="nowrap">{short_date(step.on, town)}</td>'
            f'<td class="lead">{conditional_escape(step.title)}<small>{conditional_escape(step.note)}</small></td>'
            f'<td class="num" data-label="{charge}">{money(step.charge, town) if step.charge else ""}</td>'
            f'<td class="num" data-label="{credit}">{money(step.credit, town) if step.credit else ""}</td>'
            f'<td class="num side">{money(step.balance, town)}</td></tr>'
            for step in steps
        )
    )


def _item(item: Entry, town: Town) -> str:
    needs = " ".join(map(str, item.needs))
    origin = f' data-origin="{item.origin}"' if item.origin else ""
    split = f". {conditional_escape(item.split)}" if item.split else ""
    return (
        f'<label><input type="checkbox" name="item" value="{item.id}" data-amount="{plain(item.total)}"'
        f' data-name="{conditional_escape(item.name)}" data-needs="{needs}"{origin}{" checked" * item.chosen}>'
        f"<span><b>{conditional_escape(item.label)}</b><small>{conditional_escape(item.when)}{split}</small>"
        f'<small class="why"></small></span><span class="num"><b>{money(item.total, town)}</b>'
        f"<br>{status_filter(item.state)}</span></label>"
    )
