"""A citizen reads his own meter: from the portal to the supervisor's queue, and onto the bill or back to him."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import Invoice, Subscription
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.metering.models import Connection, Evidence, Installation, Meter, Photo, Reading
from caudal.metering.operations.readings import Batch, NewReading
from caudal.registry.models import Organisation
from caudal.registry.operations import PropertyData, create_property, grant_access
from caudal.workflows import billing_run
from caudal.workflows.readings import record_readings
from tests import factories
from tests.functional.portal.test_english import spanish_in
from tests.support.pdf import text_of

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "caudal.office.signed_in.Backend"
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Home:
    """María's meter: 1000 two months ago, 1030 a month ago, up to where it was billed before. Today is the last day to
    send its reading, and that of the bills: 0.50 a m³.
    """

    user: User
    stay: Installation
    client: Client

    @property
    def address(self) -> str:
        return f"/lecturas/{self.stay.pk}/"

    def send(self, register: str = "1044", photo: SimpleUploadedFile | None = None, **more: str) -> Any:
        sent = {"marca": register, **more}
        return self.client.post(self.address, sent | ({"foto": photo} if photo else {"foto": taken()}))

    @property
    def page(self) -> str:
        return self.client.get(self.address).content.decode()


def taken(content: bytes | None = None, name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.jpeg() if content is None else content, "image/jpeg")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def made(name: str) -> Home:
    today = clock.today()
    party = factories.party(name, "Fernández")
    party.user = factories.user(name.lower(), "customer", name=f"{name} Fernández")
    party.save()
    service = factories.service("water", kind="metered", name="Agua", unit="m³", billing_day=today.day)
    at = factories.connection(address="Calle 3, casa 14")
    water = factories.subscription(factories.account(party), service, at)
    Subscription.objects.filter(pk=water.pk).update(billed_until=today - MONTH)
    stay = factories.installation(at, first="1000", on=today - MONTH - MONTH)
    Meter.objects.filter(pk=stay.meter_id).update(digits=5)
    reading = NewReading(stay.pk, today - MONTH, Decimal(1030))
    record_readings(readings=[reading], batch=Batch(source="manual", on=today), by=SYSTEM)
    return Home(party.user, Installation.objects.get(pk=stay.pk), signed_in(party.user))


@pytest.fixture
def home(transactional_db: None, settings: Any) -> Home:
    settings.ALLOWED_HOSTS = ["*"]
    factories.organisation(self_readings=True, minor_units=2, phone="2222-1010")
    return made("María")


@pytest.fixture
def supervisor(home: Home) -> Client:
    return signed_in(factories.user("silvia", "supervisor", name="Silvia Rojas"))


def sent() -> Reading:
    return Reading.objects.filter(source="customer").latest("pk")


def decide(supervisor: Client, do: str, **more: str) -> None:
    answer = supervisor.post(f"/oficina/lecturas/{sent().pk}/decidir/", {"do": do, **more})
    assert answer.status_code == 302, answer.content.decode()


def bill() -> Invoice:
    today = clock.today()
    run = billing_run.rehearse(dated_on=today, by=SYSTEM)
    billing_run.approve(run_id=run.pk, issued_on=today, at=clock.now(), by=SYSTEM)
    billing_run.issue_run(run_id=run.pk, clock=clock.now)
    return Invoice.objects.get()


def test_home_and_the_place_say_that_the_reading_may_be_sent(home: Home) -> None:
    start = home.client.get("/").content.decode()
    assert "puede enviar la lectura del medidor" in start and home.address in start
    place = home.client.get(f"/lugares/c{home.stay.connection_id}/").content.decode()
    assert "Enviar mi lectura" in place and "1.030" in place


def test_home_says_once_of_several_meters_that_they_may_be_read(home: Home) -> None:
    factories.installation(home.stay.connection, on=clock.today() - MONTH)
    (notice,) = home.client.get("/").context["notices"]
    assert notice["title"] == "Puede enviar la lectura de 2 medidores."
    assert len({notice["href"], *(link["href"] for link in notice["more"])}) == 2


def test_the_page_shows_whose_meter_it_is_and_which_numbers_to_type(home: Home) -> None:
    page = home.page
    assert home.stay.meter.serial in page and "Calle 3, casa 14" in page
    assert "<span>0</span><span>1</span><span>0</span><span>3</span><span>0</span>" in page
    assert 'inputmode="numeric"' in page


def test_the_numbers_are_told_as_what_was_used_before_they_are_sent(home: Home) -> None:
    page = home.client.get(home.address, {"marca": "01044"}).content.decode()
    assert "<b>14 m³</b> en 30 días" in page
    assert 'type="file"' in page and 'capture="environment"' in page
    assert not Reading.objects.filter(source="customer").exists()


@pytest.mark.parametrize(
    ("typed", "said"), [("1020", "Es menos de lo que marcaba"), ("104400", "Son más números")]
)
def test_what_looks_wrong_is_told_and_sent_all_the_same(home: Home, typed: str, said: str) -> None:
    assert said in home.client.get(home.address, {"marca": typed}).content.decode()
    assert home.send(typed).status_code == 302
    assert (sent().state, sent().register) == ("pending", Decimal(typed))


@pytest.mark.parametrize("typed", ["", "mil", "10-44", "1" * 15, "٣٤"])
def test_what_is_no_number_is_asked_for_again(home: Home, typed: str) -> None:
    for answer in (home.client.get(home.address, {"marca": typed}), home.send(typed)):
        assert "Hay un dato por corregir" in answer.content.decode()
    assert not Reading.objects.filter(source="customer").exists()


def test_sent_looked_at_accepted_and_billed(home: Home, supervisor: Client) -> None:
    """1030 to 1044 are 14 m³: 7.00."""
    assert home.send().status_code == 302
    assert "Recibimos su lectura" in home.page and "<b>14 m³</b> en 30 días" in home.page
    queue = supervisor.get("/oficina/lecturas/critica/?causa=customer").content.decode()
    assert "Enviada por el abonado" in queue and "María Fernández" in queue
    assert f"/oficina/lecturas/{sent().pk}/foto/" in queue
    decide(supervisor, "accept")
    assert "Aceptamos su lectura" in home.page
    invoice = bill()
    assert (invoice.total, invoice.frozen["meters"][0]["kind"]) == (Decimal("7.00"), "customer")
    page = home.client.get(f"/facturas/{invoice.pk}/").content.decode()
    assert "enviada por usted" in page and f"/facturas/{invoice.pk}/foto/{sent().pk}/" in page
    office = signed_in(factories.user("beto", "billing"))
    assert "enviada por el abonado" in office.get(f"/oficina/facturas/{invoice.pk}/").content.decode()
    paper = text_of(home.client.get(f"/facturas/{invoice.pk}/pdf/").content)
    assert "enviada por usted" in " ".join(paper.split())


def test_what_waits_is_not_billed(home: Home) -> None:
    home.send()
    today = clock.today()
    run = billing_run.rehearse(dated_on=today, by=SYSTEM)
    assert (run.totals or {}).get("billed", 0) == 0
    assert run.exceptions.get().code == "no_reading"


def test_rejected_it_comes_back_with_the_reason_and_is_sent_again(home: Home, supervisor: Client) -> None:
    home.send("1440")
    decide(supervisor, "reject", reason="En la foto se lee 1044.")
    page = home.page
    assert "No se aceptó la lectura 1.440" in page and "«En la foto se lee 1044.»" in page
    assert "No se aceptó la lectura" in home.client.get("/").content.decode()
    home.send("1044")
    assert [r.state for r in Reading.objects.filter(source="customer").order_by("pk")] == [
        "rejected",
        "pending",
    ]


def test_corrected_it_says_so(home: Home, supervisor: Client) -> None:
    home.send("1440")
    decide(supervisor, "correct", register="1044", reason="Dos cifras cambiadas")
    assert "usted había enviado 1.440" in home.page and "«Dos cifras cambiadas»" in home.page
    again = home.send("1045").content.decode()
    assert "ya se aceptó" in again and sent().register == Decimal(1044)


def test_equal_ones_are_one_and_another_figure_takes_its_place(home: Home) -> None:
    for _ in range(2):
        assert home.send().status_code == 302
    assert Reading.objects.filter(source="customer").count() == 1
    assert (Evidence.objects.count(), Photo.objects.count()) == (1, 1)
    home.send("1045")
    waiting = Reading.objects.filter(source="customer", state="pending")
    assert [r.register for r in waiting] == [Decimal(1045)]


def test_outside_its_days_the_page_says_when_it_opens_and_takes_nothing(home: Home) -> None:
    Organisation.objects.update(self_reading_days=1)
    home.stay.connection.subscriptions.get().service.__class__.objects.filter(code="water").update(
        billing_day=(clock.today() + timedelta(days=5)).day
    )
    assert "Todavía no es la fecha" in home.page
    refused = home.send()
    assert refused.status_code == 422 and "Se puede enviar la lectura desde el" in refused.content.decode()
    assert "puede enviar la lectura" not in home.client.get("/").content.decode()
    assert not Reading.objects.filter(source="customer").exists()


def test_what_our_people_read_today_needs_no_other(home: Home) -> None:
    reading = NewReading(home.stay.pk, clock.today(), Decimal(1043))
    record_readings(readings=[reading], batch=Batch(source="manual", on=clock.today()), by=SYSTEM)
    assert "Nuestro personal leyó su medidor" in home.page
    assert "no hace falta enviar la lectura" in home.send().content.decode()


def test_anothers_meter_is_not_there(home: Home) -> None:
    other = made("Pedro")
    other.send()
    photo = f"{other.address}foto/{sent().pk}/"
    assert other.client.get(photo).status_code == 200
    for client in (home.client, Client()):
        answers = [
            client.get(other.address),
            client.post(other.address, {"marca": "1044"}),
            client.get(photo),
        ]
        assert {a.status_code for a in answers} <= {404, 302}
        assert not any(a.get("Location", "").startswith("/lecturas") for a in answers)
    assert home.client.get(f"{home.address}foto/{sent().pk}/").status_code == 404
    assert Reading.objects.filter(source="customer").count() == 1


def test_who_was_granted_the_place_finds_it_there_and_sends_it(home: Home) -> None:
    place = create_property(data=PropertyData(cadastral_code="P-1", address="Calle 3, casa 14"), by=SYSTEM)
    Connection.objects.update(property=place)
    tenant = factories.user("inquilina", "customer", name="Rosa Inquilina")
    grant_access(property_id=place.pk, user_id=tenant.pk, valid_from=clock.today(), by=SYSTEM)
    hers = Home(tenant, home.stay, signed_in(tenant))
    assert hers.address in hers.client.get(f"/lugares/p{place.pk}/").content.decode()
    hers.send()
    assert (sent().reader_id, sent().reader_label) == (tenant.pk, "Rosa Inquilina")
    assert "Por otra persona de aquí" in home.page and "Rosa Inquilina" not in home.page
    assert home.client.get(f"{home.address}foto/{sent().pk}/").status_code == 404


def test_it_is_not_there_where_the_office_takes_none(home: Home) -> None:
    Connection.objects.update(self_reading=False)
    assert home.client.get(home.address).status_code == 404
    Connection.objects.update(self_reading=True)
    Organisation.objects.update(self_readings=False)
    assert home.client.get(home.address).status_code == 404
    assert home.send().status_code == 404
    assert home.address not in home.client.get("/").content.decode()


def test_what_else_a_form_brings_is_not_read(home: Home) -> None:
    other = made("Pedro")
    smuggled = {
        "installation": str(other.stay.pk), "installation_id": str(other.stay.pk), "connection": "1",
        "meter": str(other.stay.meter_id), "state": "accepted", "source": "manual", "read_on": "2020-01-01",
        "volume": "0", "rollover": "1",
    }  # fmt: skip
    home.send(**smuggled)
    reading = sent()
    assert (reading.installation_id, reading.state, reading.source) == (home.stay.pk, "pending", "customer")
    assert (reading.read_on, reading.rollover, reading.volume) == (clock.today(), False, None)


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        (taken(b"<html><script>alert(1)</script></html>"), "no es una foto que se pueda abrir"),
        (taken(b"\xff\xd8\xff<html></html>"), "no es una foto que se pueda abrir"),
        (taken(b"\xff\xd8\xff" + bytes(12_000_001)), "pesa más de 12 MB"),
        (taken(name="foto.svg"), "no es una foto que se pueda abrir"),
    ],
)
def test_what_is_no_photo_is_refused_and_the_numbers_are_kept(
    home: Home, photo: SimpleUploadedFile, said: str
) -> None:
    photo.seek(0)
    refused = home.send(photo=photo)
    assert refused.status_code == 422 and said in refused.content.decode()
    assert 'name="marca" value="1044"' in refused.content.decode()
    assert not Reading.objects.filter(source="customer").exists() and not Photo.objects.exists()


def test_without_the_photo_it_is_not_taken_unless_the_office_says_so(home: Home) -> None:
    refused = home.client.post(home.address, {"marca": "1044"})
    assert (
        "Agregue una foto" in refused.content.decode()
        and not Reading.objects.filter(source="customer").exists()
    )
    Organisation.objects.update(self_reading_photo=False)
    assert home.client.post(home.address, {"marca": "1044"}).status_code == 302


def test_where_a_photo_was_taken_is_not_kept(home: Home) -> None:
    out, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "Telefono de Maria"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (800, 600), "#775533").save(out, "JPEG", exif=exif)
    home.send(photo=taken(out.getvalue()))
    kept = bytes(Photo.objects.get().content)
    assert b"Telefono" not in kept and not dict(Image.open(BytesIO(kept)).getexif())


def test_nobody_fills_the_house_with_photos(home: Home) -> None:
    for number in range(20):
        home.send(str(1044 + number), photo=taken(b"no"))
    refused = home.send()
    assert refused.status_code == 429 and "demasiados intentos" in refused.content.decode()
    assert not Reading.objects.filter(source="customer").exists()


def test_in_english_no_step_is_half_spanish(home: Home, supervisor: Client) -> None:
    User.objects.filter(pk=home.user.pk).update(language="en")
    place = f"/lugares/c{home.stay.connection_id}/"
    steps = [home.client.get(home.address + query) for query in ("", "?marca=x", "?marca=1044", "?marca=10")]
    steps += [
        home.client.get("/"),
        home.client.get(place),
        home.send(photo=taken(b"no")),
        home.client.post(home.address),
    ]
    home.send()
    steps += [home.client.get(home.address), home.client.get(place)]
    decide(supervisor, "reject", reason="No se ven los números.")
    steps += [home.client.get(home.address), home.client.get("/"), home.client.get(place)]
    home.send()
    decide(supervisor, "correct", register="1043", reason="La última cifra es un 3.")
    steps += [home.client.get(home.address), home.send("1050"), home.client.get(place)]
    assert [found for step in steps if (found := spanish_in(step))] == []


def drawn(folder: Path) -> str:
    """A photo on the telephone."""
    path = folder / "medidor.jpg"
    path.write_bytes(factories.jpeg("#44607a"))
    return str(path)


@pytest.mark.parametrize("with_javascript", [True, False])
def test_on_a_telephone_from_home_to_received(
    home: Home, enter: Enter, tmp_path: Path, with_javascript: bool
) -> None:
    page = enter(home.user, java_script_enabled=with_javascript)
    page.get_by_role("link", name="Enviar mi lectura").click()
    expect(page.get_by_text(home.stay.meter.serial)).to_be_visible()
    page.get_by_label("¿Qué números marca?").fill("01044")
    page.get_by_role("button", name="Seguir").click()
    expect(page.get_by_text("14 m³ en 30 días")).to_be_visible()
    page.get_by_label("Foto del medidor").set_input_files(drawn(tmp_path))
    page.get_by_role("button", name="Enviar mi lectura").click()
    expect(page.get_by_role("heading", name="Recibimos su lectura")).to_be_visible()
    expect(page.get_by_role("img", name=f"Foto del medidor {home.stay.meter.serial}")).to_be_visible()
    assert Evidence.objects.get().reading.register == Decimal(1044)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_each_step_can_be_used_by_everyone(home: Home, enter: Enter, width: int, scheme: Any) -> None:
    page = enter(home.user, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    start = page.url.rstrip("/")
    steps = ["", "?marca=x", "?marca=1044", "?marca=10"]
    for step in [*steps, "sent"]:
        if step == "sent":
            home.send()
        page.goto(start + home.address + (step if step != "sent" else ""))
        assert [(step, rule["id"]) for rule in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
