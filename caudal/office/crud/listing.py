"""The rows of a list as its address asks for them, and their cells as people read them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_date

from caudal.common.ui import formats
from caudal.common.ui.templatetags.caudal_ui import status
from caudal.office.access import StaffRequest
from caudal.office.crud.entity import Choice, Column, Days, Entity, Rows
from caudal.office.exports import in_chunks
from caudal.office.lists import CEILING, ordered
from caudal.registry.context import Town


def found_rows(entity: Entity, asked: QueryDict) -> Rows:
    """The rows that search and filters of an address leave."""
    rows = entity.rows(asked.get("q", "").strip())
    for each in entity.filters:
        rows = _narrowed(rows, each, asked)
    return rows


def in_order(entity: Entity, request: StaffRequest, rows: Rows) -> Rows:
    """In the order that the address asks for."""
    orders = {column.name: column.sort for column in entity.columns if column.sort}
    return ordered(request, rows, orders, entity.order)


def _narrowed(rows: Rows, by: Choice | Days, asked: QueryDict) -> Rows:
    if isinstance(by, Choice):
        value = asked.get(by.name, "")
        return by.narrow(rows, value) if value in dict(by.options()) else rows
    since, until = (_day(asked.get(f"{by.name}_{end}", "")) for end in ("desde", "hasta"))
    if since:
        rows = rows.filter(**{f"{by.field}__gte": since})
    return rows.filter(**{f"{by.field}__lte": until}) if until else rows


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def filters_shown(entity: Entity, asked: QueryDict) -> dict[str, Any]:
    """The filters for the template: chips, boxes with options, and pairs of days."""
    shown: dict[str, list[dict[str, Any]]] = {"chips": [], "boxes": [], "days": []}
    for each in entity.filters:
        if isinstance(each, Days):
            value = {end: asked.get(f"{each.name}_{end}", "") for end in ("desde", "hasta")}
            shown["days"].append({"name": each.name, "label": each.label, **value})
            continue
        option: dict[str, Any] = {
            "name": each.name,
            "label": each.label,
            "every": each.every,
            "value": asked.get(each.name, ""),
            "options": each.options(),
        }
        if option["options"]:
            shown["chips" if each.chips else "boxes"].append(option)
    for group in shown["chips"]:
        group["chips"] = [
            _chip(group, value, word, asked) for value, word in (("", group["every"]), *group["options"])
        ]
    return shown


def _chip(group: Mapping[str, Any], value: str, word: str, asked: QueryDict) -> dict[str, Any]:
    query = asked.copy()
    for name in (group["name"], "p"):
        query.pop(name, None)
    if value:
        query[group["name"]] = value
    return {"label": word, "current": group["value"] == value, "href": f"?{query.urlencode()}"}


def words_of_filters(entity: Entity, asked: QueryDict) -> str:
    """What narrows the list, in a sentence for the head of a printed one."""
    said = [f"«{asked['q']}»"] if asked.get("q") else []
    for each in entity.filters:
        if isinstance(each, Choice):
            word = dict(each.options()).get(asked.get(each.name, ""))
            said += [f"{each.label.lower()}: {word}"] if word else []
        else:
            ends = {"desde": "desde", "hasta": "hasta"}
            given = [
                f"{word} {asked[f'{each.name}_{e}']}"
                for e, word in ends.items()
                if asked.get(f"{each.name}_{e}")
            ]
            said += [f"{each.label.lower()} {' '.join(given)}"] if given else []
    return "; ".join(said)


def table(entity: Entity, rows: Sequence[Any], town: Town) -> dict[str, Any]:
    """Columns and cells of a page."""
    listed = [column for column in entity.columns if column.listed]
    columns = [_head(column) for column in listed]
    return {
        "columns": columns,
        "rows": [
            {
                "pk": row.pk,
                "title": entity.title(row),
                "href": reverse(f"office:{entity.key}", args=[row.pk]),
                "cells": list(zip(columns, *_cells(listed, row, town), strict=True)),
            }
            for row in entity.with_page(rows)
        ],
    }


def _head(column: Column) -> dict[str, Any]:
    return {
        "label": column.label,
        "sort": column.name if column.sort else "",
        "cls": f"{_classes(column)} {'opt' if column.place == 'opt' else ''}".strip(),
        "cell": f"{column.place} {_classes(column)}".strip(),
        "named": column.place not in ("lead", "side"),
        "lead": column.place == "lead",
    }


def _cells(columns: Sequence[Column], row: Any, town: Town) -> tuple[list[Any], list[str]]:
    """What the columns show of a row, and the notes below."""
    values = [shown(column.kind, column.value(row), town) for column in columns]
    return values, [column.note(row) if column.note else "" for column in columns]


def _classes(column: Column) -> str:
    if column.kind in ("money", "quantity", "count", "percent"):
        return "num"
    return "nowrap" if column.kind in ("code", "date") else ""


def shown(kind: str, value: Any, town: Town) -> Any:
    """A value as people of the town read it."""
    if value is None or value == "":
        return "—" if kind in ("date", "money", "quantity", "percent") else ""
    if kind == "state":
        return status(value[0], value[1])
    say: dict[str, Callable[[Any, Town], str]] = {
        "date": formats.short_date,
        "money": formats.money,
        "quantity": formats.number,
        "count": many,
        "percent": formats.percent,
    }
    return say[kind](value, town) if kind in say else value


def exported_rows(entity: Entity, rows: Rows) -> Iterator[tuple[Any, ...]]:
    """The values of each row, read in chunks; a state is its word."""
    for chunk in in_chunks(rows):
        for row in entity.with_page(chunk):
            yield tuple(_value(column, row) for column in entity.columns)


def _value(column: Column, row: Any) -> Any:
    value = column.value(row)
    if column.kind == "count" and value > CEILING:
        return f"más de {CEILING}"
    return value[1] if column.kind == "state" and value else value


def many(count: int, town: Town) -> str:
    """A count as far as lists count: «312», «más de 10 000»."""
    more = "más de " if count > CEILING else ""
    return f"{more}{formats.number(min(count, CEILING), town)}"
