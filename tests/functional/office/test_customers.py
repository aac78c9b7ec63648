"""A clerk makes a customer by one form, finds him again, and is told when somebody else edited him."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import Account
from caudal.common.versions import save_version
from caudal.registry.models import Party
from tests import factories
from tests.functional.office.conftest import PHONE, Town

Enter = Callable[..., Page]


def clerk() -> User:
    return factories.user("sofia", "service", name="Sofía Chaves")


def fill_person(page: Page) -> None:
    page.get_by_label("Nombres").fill("José Ángel")
    page.get_by_label("Apellidos").fill("Mena Picado")
    page.get_by_label("Tipo de identificación").select_option("cedula")
    page.locator("#id_identification").fill("107770888")


def fill_service(page: Page, town: Town) -> None:
    page.get_by_label("Dirección del servicio").fill("Frente a la plaza")
    page.get_by_label("Sector", exact=False).first.select_option(label="El Carmen")
    page.locator(f"#id_tariff_{town.water.service_id}").select_option(str(town.water.pk))
    page.get_by_label("Serie del medidor").fill("B-77")
    page.get_by_label("Primera lectura").fill("1,204")


def test_one_form_makes_a_customer_whole(town: Town, enter: Enter) -> None:
    page = enter(clerk(), "/oficina/clientes/")
    page.get_by_role("link", name="Nuevo cliente").click()
    fill_person(page)
    fill_service(page, town)
    page.get_by_role("button", name="Crear cliente").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("José Ángel Mena Picado")
    expect(page.get_by_text("1-0777-0888").first).to_be_visible()
    account = Account.objects.get(holder__surnames="Mena Picado")
    reading = account.subscriptions.get().connection.installations.get().readings.get()
    assert (account.number, reading.register) == ("000002", 1204)


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(town: Town, enter: Enter) -> None:
    page = enter(clerk(), "/oficina/clientes/nuevo/", viewport=PHONE)
    fill_person(page)
    fill_service(page, town)
    page.locator("#id_identification").fill("10777088")
    page.get_by_role("button", name="Crear cliente").click()
    expect(page.get_by_role("alert")).to_contain_text("Identificación")
    expect(page.locator("#id_identification")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Serie del medidor")).to_have_value("B-77")
    assert not Party.objects.filter(surnames="Mena Picado").exists()
    page.locator("#id_identification").fill("107770888")
    page.get_by_role("button", name="Crear cliente").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("José Ángel Mena Picado")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_second_editor_is_told_what_it_says_now_and_saves_on_top_of_it(town: Town, enter: Enter) -> None:
    page = enter(clerk(), f"/oficina/clientes/{town.holder.pk}/editar/")
    page.get_by_label("Teléfono").fill("8812-4477")
    save_version(town.holder, version=1, changes={"phone": "2222-1111", "address": "Del parque 100 m"})
    page.get_by_role("button", name="Guardar cambios").click()
    expect(page.get_by_text("Otra persona lo cambió mientras usted editaba.")).to_be_visible()
    expect(page.get_by_text("Teléfono: 2222-1111")).to_be_visible()
    expect(page.get_by_text("Dirección de la persona: Del parque 100 m")).to_be_visible()
    expect(page.get_by_label("Teléfono")).to_have_value("8812-4477")
    assert Party.objects.get(pk=town.holder.pk).phone == "2222-1111"
    page.get_by_role("button", name="Guardar cambios").click()
    expect(page.get_by_text("Se guardaron los datos")).to_be_visible()
    assert Party.objects.get(pk=town.holder.pk).phone == "8812-4477"


def test_anything_leads_to_the_customer(town: Town, enter: Enter) -> None:
    page = enter(clerk())
    for typed in ("fernandez echandi", "1-0843-0217", "A-00987", "000001", "sur escuela"):
        page.keyboard.press("Control+k")
        page.locator("#palette input").fill(typed)
        expect(page.locator("#hits [role=option]").first).to_contain_text("Fernández-Guardia")
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("fernandez")
    expect(page.locator("#hits [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(town.holder.name)


def test_the_list_is_searched_filtered_and_exported(town: Town, enter: Enter) -> None:
    factories.account(factories.party("=HYPERLINK", "Malicioso", email=""))
    page = enter(clerk(), "/oficina/clientes/")
    page.get_by_role("link", name="Sin correo").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Nombre, identificación, abonado o medidor").fill("malicioso")
    page.keyboard.press("Enter")
    expect(page).to_have_url(
        re.compile(r"estado=without_email.*q=malicioso|q=malicioso.*estado=without_email")
    )
    answer = page.request.get(page.url + "&formato=csv")
    assert "'=HYPERLINK Malicioso" in answer.text()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Excel").click()
    assert saved.value.suggested_filename == "clientes.xlsx"
