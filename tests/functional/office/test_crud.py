"""Lists, pages and forms made from declarations: sectors, routes, properties, licences."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from caudal.access.models import User
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.office.lists import PER_PAGE
from caudal.registry.models import Licence, Property, Route, Sector
from caudal.registry.operations import (
    PropertyData,
    RouteData,
    add_owner,
    create_property,
    save_route,
    save_sector,
)
from tests import factories
from tests.support.pdf import text_of

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db
BEGIN = date(2026, 1, 1)


@pytest.fixture
def office(client: Client) -> Client:
    """An administrator has signed in."""
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


@pytest.fixture
def centre() -> Sector:
    return save_sector(code="C", name="Centro", by=SYSTEM)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def house(code: str = "6-118204-000", **facts: Any) -> Property:
    return create_property(data=PropertyData(cadastral_code=code, **facts))


def test_a_property_is_made_found_and_changed_with_its_history(office: Client, centre: Sector) -> None:
    typed = {"cadastral_code": "6-118204-000", "address": "Del parque 75 m al sur", "sector": centre.pk}
    made = office.post("/oficina/propiedades/nuevo/", typed, follow=True)
    assert "Se guardó la propiedad 6-118204-000." in text(made)
    place = Property.objects.get()
    for words in ("6-118", "parque sur", "118204"):
        assert "6-118204-000" in text(office.get("/oficina/propiedades/", {"q": words}))
    changed = typed | {"address": "Calle 4", "version": 1}
    office.post(f"/oficina/propiedades/{place.pk}/editar/", changed)
    page = text(office.get(f"/oficina/propiedades/{place.pk}/"))
    assert "Calle 4" in page
    assert "Dirección: Del parque 75 m al sur → Calle 4" in page


def test_bad_input_is_told_beside_its_field_and_nothing_is_written(office: Client) -> None:
    house()
    twice = office.post("/oficina/propiedades/nuevo/", {"cadastral_code": "6-118204-000"})
    assert "El código 6-118204-000 ya se usa." in text(twice)
    nowhere = office.post("/oficina/propiedades/nuevo/", {"cadastral_code": " "})
    assert "Escriba el código catastral o la dirección." in text(nowhere)
    assert Property.objects.count() == 1


def test_who_saves_second_is_told_what_the_first_wrote_and_may_decide(office: Client, centre: Sector) -> None:
    save_sector(code="C", name="El Centro Viejo", sector_id=centre.pk, version=1, by=SYSTEM)
    address = f"/oficina/sectores/{centre.pk}/editar/"
    told = office.post(address, {"code": "C", "name": "Centro histórico", "version": 1})
    assert "Otra persona lo cambió mientras usted editaba" in text(told)
    assert "El Centro Viejo" in text(told)
    assert "Centro histórico" in text(told)
    assert Sector.objects.get().name == "El Centro Viejo"
    office.post(address, {"code": "C", "name": "Centro histórico", "version": 2})
    assert Sector.objects.get().name == "Centro histórico"


def test_what_has_history_is_closed_and_the_page_says_so_before(office: Client, centre: Sector) -> None:
    house(sector_id=centre.pk)
    address = f"/oficina/sectores/{centre.pk}/cerrar/"
    before = text(office.get(address))
    assert "se cierra, no se borra" in before
    assert "Propiedades: 1" in before
    office.post(address, {"on": "2026-11-21", "version": 1})
    assert Sector.objects.get().closed_on == date(2026, 11, 21)
    office.get("/oficina/sectores/")
    assert "Centro" not in text(office.get("/oficina/propiedades/nuevo/"))
    office.post(f"/oficina/sectores/{centre.pk}/reabrir/")
    assert "Centro" in text(office.get("/oficina/propiedades/nuevo/"))


def test_what_nothing_hangs_on_is_deleted(office: Client, centre: Sector) -> None:
    address = f"/oficina/sectores/{centre.pk}/cerrar/"
    assert "Nada depende de esto" in text(office.get(address))
    office.post(address, {"on": "2026-11-21", "version": 1}, follow=True)
    assert not Sector.objects.exists()
    assert AuditRecord.objects.filter(kind="registry.retire_sector").exists()


def test_a_filtered_list_is_exported_as_it_is_seen(office: Client, centre: Sector) -> None:
    house("6-1", sector_id=centre.pk, address="=HYPERLINK()")
    house("6-2")
    asked = {"sector": centre.pk}
    book = office.get("/oficina/propiedades/", asked | {"formato": "xlsx"}).getvalue()
    rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Propiedad", "6-1"]
    assert rows[1][1] == "'=HYPERLINK()"
    csv = office.get("/oficina/propiedades/", asked | {"formato": "csv"}).getvalue().decode()
    assert csv.splitlines()[1].startswith("6-1,'=HYPERLINK()")
    printed = text_of(office.get("/oficina/propiedades/", asked | {"formato": "pdf"}).content)
    assert "Propiedades" in printed
    assert "sector: Centro" in printed
    assert "6-1" in printed
    assert "6-2" not in printed


def test_lists_sort_filter_and_page(office: Client) -> None:
    for n in range(PER_PAGE + 1):
        house(f"7-{n:03d}")
    owned = house("8-000")
    add_owner(property_id=owned.pk, party_id=factories.party().pk, valid_from=BEGIN, by=SYSTEM)
    first = text(office.get("/oficina/propiedades/", {"orden": "-code"}))
    assert "8-000" in first
    assert "7-000" not in first
    assert "7-000" in text(office.get("/oficina/propiedades/", {"orden": "-code", "p": "2"}))
    nobody = text(office.get("/oficina/propiedades/", {"dueno": "nobody", "orden": "-code"}))
    assert "8-000" not in nobody


def test_many_rows_change_only_after_they_were_shown(office: Client, centre: Sector) -> None:
    other = save_sector(code="D", name="Los Ángeles", by=SYSTEM)
    routes = [
        save_route(data=RouteData(code=f"C-{n}", name=f"Ruta {n}", sector_id=s.pk), by=SYSTEM)
        for n, s in enumerate((centre, centre, other))
    ]
    chosen = {"accion": "mover", "fila": [r.pk for r in routes], "sector": other.pk}
    asked = office.post("/oficina/rutas/varios/", {"accion": "mover", "fila": [r.pk for r in routes]})
    assert "Nada cambia hasta que lo confirme" in text(asked)
    shown = office.post("/oficina/rutas/varios/", chosen | {"paso": "ver"})
    assert "2 cambian, 1 ya está así" in text(shown)
    assert Route.objects.filter(sector=other).count() == 1
    unseen = office.post("/oficina/rutas/varios/", chosen | {"paso": "hacer", "visto": "otra cosa"})
    assert "mire otra vez" in text(unseen)
    done = chosen | {"paso": "hacer", "visto": shown.context["seal"]}
    office.post("/oficina/rutas/varios/", done)
    assert Route.objects.filter(sector=other).count() == 3
    assert AuditRecord.objects.filter(kind="registry.route").count() == 5


def test_all_that_a_filter_leaves_changes_at_once(office: Client, centre: Sector) -> None:
    for n in range(3):
        house(f"6-{n}")
    house("9-0", sector_id=centre.pk)
    chosen = {"accion": "mover", "todas": "1", "filtro": "q=6-", "sector": centre.pk}
    shown = office.post("/oficina/propiedades/varios/", chosen | {"paso": "ver"})
    assert "3 cambian" in text(shown)
    office.post("/oficina/propiedades/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    assert Property.objects.filter(sector=centre).count() == 4


def test_a_licence_is_found_by_its_holder_and_keeps_its_number(office: Client) -> None:
    holder = factories.party("Rosa", "Quirós Vega")
    typed = {
        "number": "P-0042",
        "activity": "Pulpería",
        "opened_on": "2026-01-01",
        "party": holder.identification,
        "property": "",
    }
    office.post("/oficina/patentes/nuevo/", typed)
    licence = Licence.objects.get()
    assert licence.party == holder
    assert "P-0042" in text(office.get("/oficina/patentes/", {"q": "quiros"}))
    assert "Rosa Quirós Vega" in text(office.get(f"/oficina/patentes/{licence.pk}/"))
    office.post(f"/oficina/patentes/{licence.pk}/cerrar/", {"on": "2026-06-30", "version": 1})
    again = office.post("/oficina/patentes/nuevo/", typed)
    assert "Ya hay una patente con el número P-0042." in text(again)


def test_a_name_that_several_have_asks_which_one(office: Client) -> None:
    for n in (1, 2):
        factories.party("Rosa", "Quirós Vega", identification=f"2-000{n}-0001")
    typed = {"number": "1", "activity": "Soda", "opened_on": "2026-01-01", "party": "Rosa Quirós"}
    told = text(office.post("/oficina/patentes/nuevo/", typed))
    assert "Rosa Quirós Vega · 2-0001-0001; Rosa Quirós Vega · 2-0002-0001" in told
    office.post("/oficina/patentes/nuevo/", typed | {"party": "Rosa Quirós Vega · 2-0002-0001"})
    assert Licence.objects.get().party.identification == "2-0002-0001"


def test_a_clerk_who_may_not_edit_is_offered_no_buttons(client: Client, centre: Sector) -> None:
    factories.organisation()
    teller: User = factories.user("beto", "cashier")
    client.force_login(teller, backend=BACKEND)
    page = text(client.get(f"/oficina/sectores/{centre.pk}/"))
    assert "Editar" not in page
    assert "Nuevo sector" not in text(client.get("/oficina/sectores/"))
