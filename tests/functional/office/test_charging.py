"""Services, tariffs, months and cycles as lists, pages, forms and changes of many."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from caudal.billing.models import BillRun, Cycle, CycleRoute, Period
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.kernel.periods import add_months, month_of
from caudal.registry.models import Route
from caudal.registry.operations import RouteData, save_route, save_sector
from caudal.tariffs.models import Service, Tariff, TariffVersion
from tests import factories
from tests.support.pdf import text_of

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
MONTHS = "/oficina/facturacion/meses/"
CYCLES = "/oficina/facturacion/ciclos/"


@pytest.fixture
def office(client: Client) -> Client:
    """An administrator has signed in."""
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


def text(answer: Any) -> str:
    body = b"".join(answer) if answer.streaming else answer.content
    return str(body.decode())


def titles(answer: Any) -> list[str]:
    return [str(row["title"]) for row in answer.context["table"]["rows"]]


def routes() -> list[Route]:
    sector = save_sector(code="N", name="Norte", by=SYSTEM)
    return [
        save_route(data=RouteData(code=f"N-{n}", name=f"Ruta {n}", sector_id=sector.pk), by=SYSTEM)
        for n in (1, 2)
    ]


def test_a_month_is_prepared_changed_and_two_who_do_so_are_told(office: Client) -> None:
    typed = {"month": "2026-11", "reading_from": "2026-11-20", "reading_to": "2026-11-10"}
    wrong = office.post(f"{MONTHS}nuevo/", typed)
    assert "terminar el día en que empieza o después" in text(wrong)
    assert not Period.objects.exists()
    made = office.post(f"{MONTHS}nuevo/", typed | {"reading_to": "2026-11-25"}, follow=True)
    assert "Se guardó el mes Noviembre 2026." in text(made)
    twice = office.post(f"{MONTHS}nuevo/", typed | {"reading_to": "2026-11-28"})
    assert "ya está en la lista" in text(twice)
    period = Period.objects.get()
    edit = f"{MONTHS}{period.pk}/editar/"
    office.post(edit, {"reading_to": "2026-11-26", "version": 1})
    told = office.post(edit, {"reading_to": "2026-11-27", "version": 1})
    assert "Otra persona lo cambió" in text(told) and "2026-11-26" in text(told)
    period.refresh_from_db()
    assert (period.reading_from, period.reading_to) == (None, date(2026, 11, 26))
    following = add_months(month_of(clock.today()), 1)
    assert office.get(f"{MONTHS}nuevo/").context["form"]["month"].value() == following


def test_a_month_is_closed_with_what_that_means_said_before_and_opened_again(office: Client) -> None:
    period = Period.objects.create(month=NOVEMBER)
    BillRun.objects.create(dated_on=date(2026, 11, 15), rehearsed_by="Ana", state="issued")
    address = f"{MONTHS}{period.pk}/cerrar/"
    before = text(office.get(address))
    assert "Ya no se factura ni se fecha nada en este mes" in before
    assert "Facturaciones del mes: 1" in before
    page = text(office.post(address, {"on": "2026-11-21", "version": 1}, follow=True))
    assert "Ana Brenes" in page
    assert "/oficina/facturacion/1" in page or "Emitida" in page
    refused = office.post(f"{MONTHS}{period.pk}/editar/", {"reading_to": "2026-11-25", "version": 1})
    assert "está cerrado" in text(refused)
    assert titles(office.get(f"{MONTHS}?estado=closed")) == ["Noviembre 2026"]
    office.post(f"{MONTHS}{period.pk}/reabrir/")
    assert titles(office.get(f"{MONTHS}?estado=open")) == ["Noviembre 2026"]


def test_several_months_are_closed_and_opened_at_once(office: Client) -> None:
    months = [Period.objects.create(month=add_months(NOVEMBER, -back)) for back in range(3)]
    Period.objects.create(month=date(2025, 5, 1))
    chosen: dict[str, Any] = {"accion": "cerrar", "todas": "1", "filtro": "anio=2026"}
    shown = office.post(f"{MONTHS}varios/", chosen)
    assert "3 cambian" in text(shown), "nothing has to be typed first"
    done = chosen | {"paso": "hacer", "visto": shown.context["seal"]}
    assert "Cerrar: 3 de 3 meses de cobro" in text(office.post(f"{MONTHS}varios/", done, follow=True))
    assert Period.objects.exclude(closed_on=None).count() == 3
    assert AuditRecord.objects.filter(kind="billing.close_month").count() == 3
    chosen = {"accion": "abrir", "fila": [months[0].pk]}
    seal = office.post(f"{MONTHS}varios/", chosen).context["seal"]
    office.post(f"{MONTHS}varios/", chosen | {"paso": "hacer", "visto": seal})
    assert titles(office.get(f"{MONTHS}?estado=closed&orden=month")) == [
        "Setiembre 2026",
        "Octubre 2026",
    ]


def test_a_month_is_not_closed_while_a_run_is_being_issued_and_none_of_the_others_either(
    office: Client,
) -> None:
    Period.objects.create(month=NOVEMBER)
    BillRun.objects.create(dated_on=date(2026, 11, 15), rehearsed_by="Ana", state="issuing")
    chosen = {"accion": "cerrar", "todas": "1", "filtro": ""}
    seal = office.post(f"{MONTHS}varios/", chosen).context["seal"]
    told = office.post(f"{MONTHS}varios/", chosen | {"paso": "hacer", "visto": seal})
    assert "se está emitiendo" in text(told)
    assert not Period.objects.exclude(closed_on=None).exists()


def test_months_are_found_by_their_names_and_printed(office: Client) -> None:
    for month in (NOVEMBER, date(2026, 10, 1)):
        Period.objects.create(month=month)
    assert titles(office.get(f"{MONTHS}?q=nov 2026")) == ["Noviembre 2026"]
    printed = text_of(office.get(f"{MONTHS}?q=nov&formato=pdf").content)
    assert "Noviembre 2026" in printed and "Octubre" not in printed


def test_a_supervisor_sees_months_and_closes_none(client: Client) -> None:
    factories.organisation()
    client.force_login(factories.user("sol", "supervisor"), backend=BACKEND)
    period = Period.objects.create(month=NOVEMBER)
    page = text(client.get(f"{MONTHS}{period.pk}/"))
    assert "Editar" not in page and "Cerrar" not in page
    assert "accion" not in text(client.get(MONTHS))
    assert client.post(f"{MONTHS}{period.pk}/cerrar/").status_code == 403


def test_a_cycle_is_made_changed_and_ended(office: Client) -> None:
    first, second = routes()
    typed = {"name": "Ciclo 2", "code": "c2", "routes": [first.pk]}
    page = text(office.post(f"{CYCLES}nuevo/", typed, follow=True))
    cycle = Cycle.objects.get()
    assert f"{CYCLES}{cycle.pk}/calendario/{clock.today().year}/" in page
    assert f"/oficina/conexiones/?ciclo={cycle.pk}" in page
    again = office.post(f"{CYCLES}nuevo/", typed | {"code": "c3"})
    assert "está en otro ciclo" in text(again)
    edit = f"{CYCLES}{cycle.pk}/editar/"
    office.post(edit, typed | {"routes": [first.pk, second.pk], "version": 1})
    assert "Otra persona lo cambió" in text(office.post(edit, typed | {"version": 1}))
    assert cycle.members.count() == 2
    assert titles(office.get(f"{CYCLES}?q=c2")) == ["Ciclo 2"]
    BillRun.objects.create(dated_on=NOVEMBER, cycle=cycle, rehearsed_by="Ana", state="issued")
    assert "Se queda sin rutas" in text(office.get(f"{CYCLES}{cycle.pk}/cerrar/"))
    office.post(f"{CYCLES}{cycle.pk}/cerrar/", {"on": "2026-11-21", "version": 2})
    assert not CycleRoute.objects.exists()
    assert "Sin rutas" in text(office.get(CYCLES))
    BillRun.objects.all().delete()
    cycle.refresh_from_db()
    office.post(f"{CYCLES}{cycle.pk}/cerrar/", {"on": "2026-11-21", "version": cycle.version})
    assert not Cycle.objects.exists()


def test_many_routes_change_their_cycle_after_they_were_looked_at(office: Client) -> None:
    first, second = routes()
    old, new = (Cycle.objects.create(code=code, name=code.upper()) for code in ("c1", "c2"))
    CycleRoute.objects.create(cycle=old, route=first)
    chosen: dict[str, Any] = {"accion": "ciclo", "fila": [first.pk, second.pk], "cycle": new.pk}
    shown = office.post("/oficina/rutas/varios/", chosen | {"paso": "ver"})
    assert "2 cambian" in text(shown) and "C1" in text(shown)
    office.post("/oficina/rutas/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    assert new.members.count() == 2
    assert [r.before for r in AuditRecord.objects.filter(kind="billing.route_cycle").order_by("id")] == [
        {"cycle": old.pk},
        {"cycle": None},
    ]
    assert "C2" in text(office.get("/oficina/rutas/"))


def typed_service(**changes: Any) -> dict[str, Any]:
    """A form of a service as somebody fills it in."""
    return {
        "name": "Recolección de basura",
        "code": "basura",
        "kind": "fixed",
        "position": 20,
        "billing_months": list(range(1, 13)),
        "billing_day": 15,
        "presentation": "account",
        "without_reading": "retain",
        "days_to_pay": 15,
        "due_rule": "days",
        "tax_percent": "13",
        "tax_name": "IVA",
    } | changes


def test_a_service_is_made_changed_and_closed_for_it_has_history(office: Client) -> None:
    made = office.post("/oficina/servicios/nuevo/", typed_service(), follow=True)
    assert "Se guardó el servicio Recolección de basura." in text(made)
    service = Service.objects.get(code="basura")
    assert "el 15 de cada mes" in text(made) and "IVA 13 %" in text(made)
    twice = office.post("/oficina/servicios/nuevo/", typed_service(name="Otra"))
    assert "ya se usa" in text(twice) or "already" not in text(twice)
    address = f"/oficina/servicios/{service.pk}/"
    office.post(f"{address}editar/", typed_service(billing_day=5, version=1))
    told = office.post(f"{address}editar/", typed_service(billing_day=7, version=1))
    assert "Otra persona lo cambió" in text(told)
    here = factories.connection()
    factories.subscription(factories.account(), service, here)
    page = text(office.get(address))
    assert f"/oficina/contratados/?estado=now&amp;servicio={service.pk}" in page
    assert "Deja de facturarse" in text(office.get(f"{address}cerrar/"))
    office.post(f"{address}cerrar/", {"on": "2026-11-21", "version": 2})
    assert titles(office.get("/oficina/servicios/?estado=closed")) == ["Recolección de basura"]
    office.post(f"{address}reabrir/")
    assert "Recolección de basura" in titles(office.get("/oficina/servicios/?estado=open"))


def test_a_service_that_nobody_used_is_deleted(office: Client) -> None:
    office.post("/oficina/servicios/nuevo/", typed_service())
    service = Service.objects.get(code="basura")
    assert "Nada depende de esto" in text(office.get(f"/oficina/servicios/{service.pk}/cerrar/"))
    office.post(f"/oficina/servicios/{service.pk}/cerrar/", {"on": "2026-11-21", "version": 1})
    assert not Service.objects.filter(code="basura").exists()


def test_services_and_tariffs_are_filtered_sorted_and_exported(office: Client) -> None:
    water = factories.service("water", kind="metered", name="Agua")
    refuse = factories.service("refuse", name="Basura")
    current = factories.tariff(water).tariff
    draft = factories.tariff(refuse, published_at=None).tariff
    announced = Tariff.objects.create(service=refuse, code="nueva", name="Nueva")
    TariffVersion.objects.create(
        tariff=announced, valid_from=date(2099, 1, 1), definition={}, published_at="2026-01-01T00:00:00Z"
    )
    factories.subscription(factories.account(), water, factories.connection(), current)
    assert titles(office.get("/oficina/servicios/?tipo=metered")) == ["Agua"]
    assert titles(office.get("/oficina/servicios/?q=basu")) == ["Basura"]
    asked = {
        "estado=current": [current.name],
        "estado=none": [announced.name, draft.name],
        "estado=draft": [draft.name],
        "estado=future": [announced.name],
        f"servicio={water.pk}": [current.name],
        "q=agua": [current.name],
        "orden=-name": [announced.name, draft.name, current.name],
    }
    for query, found in asked.items():
        assert sorted(titles(office.get(f"/oficina/tarifas/?{query}"))) == sorted(found), query
    sheet = text(office.get("/oficina/tarifas/?estado=current&formato=csv"))
    assert sheet.splitlines()[1] == f"{current.name},Agua,2020-01-01,1,Vigente"
    listed = text(office.get("/oficina/tarifas/"))
    assert f"/oficina/tarifas/{current.pk}/" in listed and "/oficina/tarifas/nueva/" in listed
    new = office.get(f"/oficina/tarifas/nueva/?service={refuse.pk}").context["form"]
    assert new["service"].value() == refuse.pk


def test_who_only_looks_at_services_is_offered_no_change(client: Client) -> None:
    factories.organisation()
    client.force_login(factories.user("sol", "service"), backend=BACKEND)
    water = factories.service("water", kind="metered")
    for page in (f"/oficina/servicios/{water.pk}/", "/oficina/servicios/", "/oficina/tarifas/"):
        shown = text(client.get(page))
        for word in ("Editar", "Nueva tarifa", "Nuevo servicio", "Cerrar o borrar"):
            assert word not in shown, page
