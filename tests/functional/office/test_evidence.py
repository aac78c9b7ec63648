"""A photo comes in with a reading, stands beside it wherever it is decided about, and leaves as a file."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from caudal.access.models import User
from caudal.common.models import AuditRecord
from caudal.metering.models import Evidence, Photo, Reading
from tests import factories
from tests.functional.office.conftest import Town


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="caudal.office.signed_in.Backend")
    return client


@pytest.fixture
def reader(town: Town) -> Client:
    return signed_in(factories.user("leo", "reader", name="Leonardo Peña"))


@pytest.fixture
def supervisor(town: Town) -> Client:
    return signed_in(factories.user("silvia", "supervisor"))


def taken(content: bytes | None = None, name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.jpeg() if content is None else content, "image/jpeg")


def capture(client: Client, town: Town, more: int, photo: SimpleUploadedFile | None) -> Reading | None:
    typed = {"read_on": town.next_reading.isoformat(), "register": str(town.last_register + more)}
    sent = typed | ({"photo": photo} if photo else {})
    client.post(f"/oficina/lecturas/nueva/?medidor={town.house.meter_id}", sent)
    return Reading.objects.filter(read_on=town.next_reading).order_by("pk").last()


def test_a_reading_is_entered_with_its_photo(town: Town, reader: Client) -> None:
    reading = capture(reader, town, 28, taken())
    assert reading is not None
    evidence = Evidence.objects.get(reading=reading)
    assert evidence.added_by == "Leonardo Peña"
    assert AuditRecord.objects.filter(kind="readings.photo", object_id=str(reading.pk)).exists()
    page = reader.get(f"/oficina/lecturas/{reading.pk}/").content.decode()
    assert f"/oficina/lecturas/{reading.pk}/foto/?de={evidence.pk}" in page
    assert f"Foto del medidor A-0098721: marca {town.last_register + 28}" in page


def test_a_reading_needs_no_photo(town: Town, reader: Client) -> None:
    reading = capture(reader, town, 28, None)
    assert reading is not None and not Evidence.objects.exists()
    assert reader.get(f"/oficina/lecturas/{reading.pk}/foto/").status_code == 404


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        (taken(b"no es una foto"), "no es una foto que se pueda abrir"),
        (taken(b""), "no es una foto que se pueda abrir"),
        (taken(b"\xff\xd8\xff" + bytes(12_000_001)), "pesa más de 12 MB"),
        (taken(name="foto.exe"), "no es una foto que se pueda abrir"),
    ],
)
def test_what_is_no_photo_is_refused_beside_the_field_and_nothing_is_saved(
    town: Town, reader: Client, photo: SimpleUploadedFile, said: str
) -> None:
    typed = {"read_on": town.next_reading.isoformat(), "register": str(town.last_register + 28)}
    address = f"/oficina/lecturas/nueva/?medidor={town.house.meter_id}"
    photo.seek(0)
    page = reader.post(address, typed | {"photo": photo}).content.decode()
    assert said in page
    assert f'value="{town.last_register + 28}"' in page
    assert not Reading.objects.filter(read_on=town.next_reading).exists()


def test_the_photo_leaves_as_a_file_that_nobody_else_keeps(town: Town, reader: Client) -> None:
    reading = capture(reader, town, 28, taken())
    assert reading is not None
    whole = reader.get(f"/oficina/lecturas/{reading.pk}/foto/")
    small = reader.get(f"/oficina/lecturas/{reading.pk}/foto/?mini=1")
    assert whole["Content-Type"] == "image/jpeg"
    assert whole["Content-Disposition"] == f'attachment; filename="lectura-{reading.pk}.jpg"'
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in whole["Cache-Control"] and "private" in whole["Cache-Control"]
    with Image.open(BytesIO(small.content)) as image:
        assert image.size == (480, 360)
    assert len(small.content) < len(whole.content)


def test_the_supervisor_sees_it_beside_the_history_and_adds_one_when_correcting(
    town: Town, reader: Client, supervisor: Client
) -> None:
    reading = capture(reader, town, 400, taken())
    assert reading is not None and reading.state == "pending"
    assert (
        f"/oficina/lecturas/{reading.pk}/foto/"
        in supervisor.get("/oficina/lecturas/critica/").content.decode()
    )
    right = {"do": "correct", "register": str(town.last_register + 40), "reason": "Se leyó otra vez"}
    again = taken(factories.jpeg("#335577"))
    supervisor.post(f"/oficina/lecturas/{reading.pk}/decidir/", right | {"photo": again})
    reading.refresh_from_db()
    assert (reading.state, reading.volume) == ("accepted", 40)
    assert [e.added_by for e in Evidence.objects.order_by("pk")] == ["Leonardo Peña", "Silvia"]


def test_a_photo_that_was_forgotten_is_added_later_and_only_once(town: Town, reader: Client) -> None:
    reading = capture(reader, town, 28, None)
    assert reading is not None
    address = f"/oficina/lecturas/{reading.pk}/foto/nueva/"
    for _ in range(2):
        assert reader.post(address, {"photo": taken()}).status_code == 302
    assert (Evidence.objects.count(), Photo.objects.count()) == (1, 1)
    assert "Elija una foto" in reader.post(address, {}).content.decode()


def test_lists_show_a_small_one_and_read_no_bytes(town: Town, reader: Client, supervisor: Client) -> None:
    reading = capture(reader, town, 28, taken())
    assert reading is not None
    for address in ("/oficina/lecturas/todas/", f"/oficina/clientes/{town.holder.pk}/?ver=readings"):
        with CaptureQueriesContext(connection) as asked:
            page = supervisor.get(address).content.decode()
        assert f"/oficina/lecturas/{reading.pk}/foto/?mini=1" in page
        assert not any("metering_photo" in query["sql"] for query in asked)


def test_a_photo_of_another_reading_is_not_given_under_this_ones_address(town: Town, reader: Client) -> None:
    reading = capture(reader, town, 28, taken())
    assert reading is not None
    other = Reading.objects.exclude(pk=reading.pk).first()
    assert other is not None
    evidence = Evidence.objects.get()
    assert reader.get(f"/oficina/lecturas/{other.pk}/foto/?de={evidence.pk}").status_code == 404


def test_the_cashier_who_sees_no_readings_page_is_led_to_none(town: Town, reader: Client) -> None:
    reading = capture(reader, town, 28, taken())
    assert reading is not None
    cashier = signed_in(factories.user("carmen", "cashier"))
    page = cashier.get(f"/oficina/clientes/{town.holder.pk}/?ver=readings").content.decode()
    assert "A-0098721" in page
    assert f"/oficina/lecturas/{reading.pk}/" not in page
