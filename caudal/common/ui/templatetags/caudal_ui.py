"""Tags and filters of the design language, by `{% load caudal_ui %}`; the parts are caudal/parts/*.html."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from typing import Any

from django import template
from django.forms import BoundField
from django.http import QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from caudal.common.spoken import as_written, spanish
from caudal.common.ui import charts, formats, languages, states
from caudal.common.ui.formats import Number, TownFormat

register = template.Library()
SORT = "orden"
PAGE = "p"


@register.filter
def money(amount: Number | None, town: TownFormat) -> SafeString:
    """`{{ amount|money:town }}` → `<data class="money" value="12480">₡12 480</data>`."""
    text = escape(
        formats.money(amount, town)
    )  # of lists there are hundreds: format_html would take twice as long
    return SafeString(f'<data class="money" value="{_plain(amount)}">{text}</data>')


@register.filter
def money_big(amount: Number | None, town: TownFormat) -> SafeString:
    """The one amount of a page: the symbol stands lighter."""
    text = formats.money(amount, town)
    before, symbol, digits = text.partition(town.symbol)
    if amount is None or not symbol:
        return format_html('<data class="money big" value="{}">{}</data>', _plain(amount), text)
    return format_html(
        '<data class="money big" value="{}">{}<span class="cur">{}</span>{}</data>',
        _plain(amount),
        before,
        symbol,
        digits,
    )


@register.filter
def money_text(amount: Number | None, town: TownFormat) -> str:
    """The amount without markup: for buttons, attributes and titles."""
    return formats.money(amount, town)


@register.filter
def plain(amount: Number | None) -> str:
    """The amount for machines («1234.5», never localised): attributes and hidden fields."""
    return _plain(amount)


@register.filter
def unit_price(price: Number | None, town: TownFormat) -> str:
    """A price per unit, up to six decimals: «$0.45», «₡378»."""
    return formats.unit_price(price, town)


@register.filter
def quantity(value: Number | None, town: TownFormat) -> str:
    """A register, a volume or a count: grouped, no idle decimals."""
    return formats.number(value, town)


@register.filter
def percent(rate: Decimal | None, town: TownFormat) -> str:
    """0.13 → «13 %»."""
    return formats.percent(rate, town)


@register.filter
def change(rate: Decimal | None, town: TownFormat) -> str:
    """0.036 → «+3,6 %»."""
    return formats.change(rate, town)


@register.filter
def local_date(day: date | None, town: TownFormat) -> str:
    """«20 de noviembre de 2026»."""
    return formats.long_date(day, town)


@register.filter
def short_date(day: date | None, town: TownFormat) -> str:
    """«20 nov 2026»."""
    return formats.short_date(day, town)


@register.filter
def day_month(day: date | None, town: TownFormat) -> str:
    """«20 nov»."""
    return formats.day_month(day, town)


@register.filter
def weekday_date(day: date | None, town: TownFormat) -> str:
    """«viernes 20 de noviembre»."""
    return formats.weekday_date(day, town)


@register.filter
def months_name(months: tuple[date, date] | None, town: TownFormat) -> str:
    """«octubre a diciembre 2026»."""
    return formats.months_name(months, town)


@register.filter
def month_name(day: date | None, town: TownFormat) -> str:
    """«octubre 2026»."""
    return formats.month_name(day, town)


@register.filter
def moment(instant: datetime | None, town: TownFormat) -> str:
    """«29 oct 2026, 10:42»."""
    return formats.moment(instant, town)


@register.filter(name="status")
def status_filter(code: str, of: str = "") -> SafeString:
    """`{{ invoice.status|status }}`, `{{ reading.state|status:"reading" }}` → icon and word in its tone."""
    return _usual_status(code, of, get_language())


@register.simple_tag
def status(code: str, word: object = "", of: str = "", tag: bool = False) -> SafeString:
    """`{% status "overdue" "Vencida hace 46 días" tag=True %}`: another word, or on a ground of its own."""
    return _status(states.look(code, of), word, tag=tag)


@lru_cache(maxsize=512)
def _usual_status(code: str, of: str, _language: str | None) -> SafeString:
    return _status(states.look(code, of), "", tag=False)


def _status(shown: states.Look, word: object, *, tag: bool) -> SafeString:
    return format_html(
        '<span class="status is-{}{}">{}{}</span>',
        shown.tone,
        " tag" if tag else "",
        icon(shown.icon),
        word or shown.word,
    )


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, cls: str = "") -> SafeString:
    """An icon of the sprite; always beside a word, so hidden from screen readers."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {cls}" if cls else "",
        _sprite(),
        name,
    )


@register.filter(name="as_written")
def as_written_filter(text: str) -> SafeString:
    """`{{ line.label|as_written }}`: Spanish on any page, and marked as such where the page is not."""
    return as_written(text)


@register.simple_tag
@cache
def crest() -> SafeString:
    """The town's arms, or what stands for them."""
    return format_html(
        '<svg class="crest" viewBox="0 0 32 32" aria-hidden="true"><use href="{}#crest"/></svg>', _sprite()
    )


@register.simple_tag
@cache
def logo() -> SafeString:
    """The product's name as it is drawn."""
    return format_html(
        '<svg class="logo" viewBox="0 0 108 24" role="img" aria-label="Caudal"><g class="mark">'
        '<use href="{0}#mark" width="24" height="24"/></g>'
        '<use href="{0}#word" x="32" width="76" height="24"/></svg>',
        _sprite(),
    )


@register.simple_tag(takes_context=True)
def chosen_look(context: Context) -> SafeString:
    """What this browser was told to look like, as attributes of the page; nothing where nobody chose."""
    cookies = getattr(context.get("request"), "COOKIES", {})
    theme = cookies.get("theme")
    chosen = f' data-theme="{theme}"' if theme in ("dark", "light") else ""
    return SafeString(chosen + (' data-keys="off"' if cookies.get("keys") == "off" else ""))


@register.simple_tag(takes_context=True)
def town_data(context: Context) -> SafeString:
    """The town's number format as attributes, for the sums that caudal.js shows early."""
    town = context["town"]
    return format_html(
        'data-cur="{}" data-sep="{}" data-dec="{}" data-point="{}"',
        town.symbol,
        formats.group_mark(town),
        town.minor_units,
        town.point,
    )


@register.inclusion_tag("caudal/parts/language.html", takes_context=True)
def language_switch(context: Context, all: bool = False) -> dict[str, object]:
    """The way to the other language and back to this page; nothing on a page that is always Spanish, or made without a
    request.
    """
    request = context.get("request")
    if request is not None and languages.always_spanish(request):
        request = None
    spoken = get_language()
    known = [(code, name, code == spoken) for code, name in languages.LANGUAGES.items()]
    return {"languages": known if request else (), "back": request and request.get_full_path(), "all": all}


@register.simple_tag(takes_context=True)
def th(context: Context, label: str, sort: str = "", cls: str = "") -> SafeString:
    """A column's head. With `sort` a link that sets `?orden=` (again: reversed) and keeps the filters.

    It tells the order that the list has (`request.order_used`), where the list says; else the one that was asked for.
    """
    attributes = format_html(' class="{}"', cls) if cls else ""
    if not sort:
        return format_html('<th scope="col"{}>{}</th>', attributes, label)
    now = getattr(context.get("request"), "order_used", None) or _query(context).get(SORT, "")
    direction = {sort: "ascending", f"-{sort}": "descending"}.get(now, "")
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}{}</a></th>',
        attributes,
        format_html(' aria-sort="{}"', direction) if direction else "",
        _href(context, {SORT: f"-{sort}" if now == sort else sort}),
        label,
        icon({"ascending": "up", "descending": "down"}.get(direction, "sort")),
    )


@register.simple_tag(takes_context=True)
def chip(context: Context, label: str, count: Number | None = None, **change_to: object) -> SafeString:
    """A filter as a link: `{% chip "Vencidas" counts.overdue estado="overdue" %}`; empty is «all»."""
    query = _query(context)
    current = all(query.get(name, "") == str(value) for name, value in change_to.items())
    number = (
        format_html(' <span class="n">{}</span>', formats.number(count, context["town"]))
        if count not in (None, "")  # a name that the template does not know is an empty string
        else ""
    )
    return format_html(
        '<a class="chip"{} href="{}">{}{}</a>',
        format_html(' aria-current="{}"', "true") if current else "",
        _href(context, change_to),
        label,
        number,
    )


@register.simple_tag(takes_context=True)
def query(context: Context, **change_to: object) -> str:
    """The address's query with some values changed (empty: removed), and back on the first page."""
    return _href(context, change_to)


@register.simple_tag
def trail(*labels_and_hrefs: str) -> list[tuple[str, ...]]:
    """`{% trail "Inicio" home "Clientes" customers as crumbs %}`: the way here, for `page_head`."""
    return [tuple(labels_and_hrefs[at : at + 2]) for at in range(0, len(labels_and_hrefs), 2)]


@register.simple_block_tag
def page_head(
    content: str, title: object, lede: object = "", crumbs: Sequence[tuple[str, str]] = ()
) -> SafeString:
    """Where am I, what is it; between the tags what can I do (at most one `.btn.primary`, the last)."""
    return _part("page_head", title=title, lede=lede, crumbs=crumbs, actions=_trim(content))


@register.simple_block_tag
def notice(content: str, kind: str, title: object = "") -> SafeString:
    """One fact (`title`) and, inside, what to do about it. Kinds: paid, pending, overdue, held, info."""
    return _part("notice", kind=kind, title=title, text=_trim(content))


@register.simple_block_tag
def dialog(content: str, id: str, title: object, open: object = False) -> SafeString:
    """A native dialog, opened by `<button commandfor="id" command="show-modal">`; `open` from the start."""
    return _part("dialog", id=id, title=title, open=open, body=content)


@register.simple_tag(takes_context=True)
def chart(
    context: Context, id: str, bars: Sequence[charts.Bar], title: str = "", unit: str = "m³"
) -> SafeString:
    """A year and a month of bars beside the year before: SVG with a title, months as text, and a table."""
    top, drawn = charts.draw(bars)
    title = title or spanish("Consumo, 13 meses")
    return _part("chart", id=id, bars=drawn, top=top, title=title, unit=unit, town=context["town"])


@register.filter
def control(field: BoundField, extra: str = "") -> SafeString:
    """A bound field's widget with the classes and descriptions of the part `field`; `extra`: more classes."""
    ids = [f"{field.auto_id}_help"] if field.help_text else []
    ids += [f"{field.auto_id}_error"] if field.errors else []
    attributes: dict[str, Any] = {
        "class": f"input {field.field.widget.attrs.get('class', '')} {extra}".strip()
    }
    if field.use_fieldset or field.widget_type in ("checkbox", "file", "clearablefile"):
        attributes.pop("class")
    attributes["aria-describedby"] = " ".join(ids) or None
    attributes["aria-invalid"] = "true" if field.errors else None
    return field.as_widget(attrs={name: value for name, value in attributes.items() if value})


@register.simple_tag(takes_context=True)
def rail_key(context: Context) -> str:
    """Which entry of the rail is this page's: `active`, else the longest `href` its address begins with."""
    request = context.get("request")
    if context.get("active") or request is None:
        return str(context.get("active", ""))
    above = [entry for entry in context.get("rail") or () if request.path.startswith(entry["href"])]
    return str(max(above, key=lambda entry: len(entry["href"]))["key"]) if above else ""


@register.filter
def can(user: Any, permission: str) -> bool:
    """`{% if user|can:"invoices.void" %}`: shows what the role may do; the view decides again."""
    return bool(getattr(user, "can", None)) and bool(user.can(permission))


@register.filter
def opens(user: Any, href: str) -> bool:
    """`{% if user|opens:row.href %}`: whether what the address names is for this user; the view decides again."""
    try:
        needed = getattr(resolve(str(href).partition("?")[0]).func, "permission", None)
    except Resolver404:  # nothing, or somewhere else
        return False
    return needed is None or can(user, needed)


@register.filter
def nth(items: Sequence[Any], index: int) -> Any:
    """The item at a place, None beyond the end."""
    return items[index] if index < len(items) else None


@register.filter
def some(drawn: Sequence[charts.Drawn], mark: str) -> bool:
    """Whether any bar of a chart carries a mark (`estimated`, `unusual`)."""
    return any(getattr(each.bar, mark) for each in drawn)


def _part(name: str, **values: object) -> SafeString:
    return render_to_string(f"caudal/parts/{name}.html", values)


def _trim(content: str) -> SafeString:
    # What a block tag holds was rendered, and so escaped, before; strip() alone would forget that.
    return SafeString(content.strip())


def _plain(amount: Number | None) -> str:
    return "" if amount is None else f"{Decimal(amount).normalize():f}"


def _sprite() -> str:
    return static("caudal/icons.svg")


def _query(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET if request is not None else QueryDict()


def _href(context: Context, change_to: dict[str, Any]) -> str:
    query = _query(context).copy()
    query.pop(PAGE, None)
    for name, value in change_to.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return f"?{query.urlencode()}"
