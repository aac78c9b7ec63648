"""The rules for people: a number whose digits hold, a name, one row per number."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from caudal.common.text import identification_key, search_text
from caudal.intake.checks.common import Check, repeats
from caudal.intake.checks.facts import CustomerFacts, adds, contradicts
from caudal.intake.checks.identification import rule_for
from caudal.intake.checks.scope import Place, Scope
from caudal.intake.checks.sizes import EMAIL, everything_fits
from caudal.intake.sheets.findings import Finding
from caudal.intake.sheets.rows import finding
from caudal.intake.sheets.tables import Table
from caudal.intake.sheets.values import Problem

TEXTS = ("given_names", "surnames", "second_surname", "full_name", "email", "phone", "address")
COMPANY_WORDS = frozenset(
    {
        *(
            "sa",
            "srl",
            "ltda",
            "sas",
            "cv",
            "eirl",
            "spa",
            "inc",
            "asociacion",
            "asada",
            "fundacion",
            "iglesia",
        ),
        *(
            "cooperativa",
            "municipalidad",
            "alcaldia",
            "escuela",
            "colegio",
            "instituto",
            "empresa",
            "sociedad",
        ),
        *("ministerio", "parroquia", "comite", "junta", "hotel", "restaurante", "compania", "corporacion"),
    }
)


def identification_holds(table: Table, scope: Scope) -> Iterator[Finding]:
    """Each number satisfies the rule of its column; printed forms and types become columns of their own."""
    texts = table.column("identification")
    cells = table.raw("identification")
    rule = rule_for(
        table.parts[0].headings["identification"], [text for text in texts if text], scope.country
    )
    seen = dict(zip(cells, texts, strict=True))
    read = {
        cell: rule.read(text, numeric=isinstance(cell, (int, float))) if text else None
        for cell, text in seen.items()
    }
    table.values["identified"] = [read[cell] for cell in cells]
    table.values["key"] = [_key(read[cell], seen[cell]) for cell in cells]
    if rule.kind is None:
        return
    name = str(rule.kind.name)
    for position, cell in enumerate(cells):
        if isinstance(read[cell], Problem):
            yield finding(table, position, "identification", "wrong_identification", type_name=name)


def email_is_one(table: Table, _scope: Scope) -> Iterator[Finding]:
    """What is no e-mail address is left out."""
    emails = table.column("email")
    wrong = {text for text in set(emails) if text and (len(text) > EMAIL or not _is_email(text))}
    table.values["email"] = [None if text in wrong else text for text in emails]
    for position, text in enumerate(emails):
        if text in wrong:
            yield finding(table, position, "email", "invalid_email")


def one_row_for_each(table: Table, _scope: Scope) -> Iterator[Finding]:
    """A number twice with the same data is one person; with other data, nobody knows which row is right."""
    facts = cache(partial(_facts_at, table))
    yield from repeats(
        table,
        "identification",
        table.column("key"),
        lambda a, b: contradicts(facts(a).comparable(), facts(b).comparable()),
    )


CHECKS: tuple[Check, ...] = (everything_fits, identification_holds, email_is_one, one_row_for_each)


def conclude(table: Table, scope: Scope) -> list[CustomerFacts]:
    """The sound customers, compared with the records; later sheets may refer to them."""
    facts = {position: _facts_at(table, position) for position in table.sound()}
    identified = table.column("identified")
    for position, key in enumerate(table.column("key")):
        if position in table.wrong and key:
            misspelt = isinstance(identified[position], Problem)
            place = Place(table.part_of(position).sheet, table.numbers[position])
            scope.customers.add_wrong(key, place, misspelt=misspelt)
    people: dict[str, CustomerFacts] = {}
    for one in facts.values():
        people[one.key] = _filled(people[one.key], one) if one.key in people else one
    assert "" not in people, "people without an identification would be one"
    for key in people:
        scope.customers.add_sound(key)
    _compare(table, facts, scope)
    return list(people.values())


def _compare(table: Table, facts: dict[int, CustomerFacts], scope: Scope) -> None:
    recorded = scope.existing.customers({one.key for one in facts.values()})
    for position, one in facts.items():
        if one.key in recorded and position not in table.same:
            changed = adds(one.comparable(), recorded[one.key].comparable())
            (table.changed if changed else table.same).add(position)


def _facts_at(table: Table, position: int) -> CustomerFacts:
    """What a sound row says."""
    said = {name: table.values[name][position] or "" for name in TEXTS if name in table.values}
    given, surnames = said.get("given_names", ""), said.get("surnames", "")
    if not given and not surnames:
        given = said.get("full_name", "")
    identified = table.values["identified"][position]
    return CustomerFacts(
        key=table.values["key"][position],
        identification=identified.printed,
        identification_type=identified.type_code,
        **_names(given, f"{surnames} {said.get('second_surname', '')}".strip()),
        email=said.get("email", ""),
        phone=said.get("phone", "")[:60],
        address=said.get("address", "")[:300],
    )


def _names(given: str, surnames: str) -> dict[str, str]:
    """A company has one name; «Pérez Gil, Ana» has its surnames first; surnames alone are the name."""
    words = set(search_text(given, surnames).split())
    if words & COMPANY_WORDS or {"s", "a"} <= words:
        return {"given_names": "", "surnames": "", "legal_name": f"{given} {surnames}".strip()[:240]}
    if not surnames and given.count(",") == 1:
        surnames, _, given = (part.strip() for part in given.partition(","))
    if not given:
        given, surnames = surnames, ""
    return {"given_names": given[:120], "surnames": surnames[:120], "legal_name": ""}


def _filled(first: CustomerFacts, again: CustomerFacts) -> CustomerFacts:
    """The first row, with what only its repetition says."""
    return replace(
        first,
        email=first.email or again.email,
        phone=first.phone or again.phone,
        address=first.address or again.address,
    )


def _key(read: object, text: str | None) -> str:
    printed = getattr(read, "printed", text)
    return identification_key(printed) if printed else ""


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
