"""A tariff prices bills once it is published, and it is published once nothing is wrong with it."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from caudal.common.actor import SYSTEM
from caudal.kernel.pricing.problems import TEXTS
from caudal.tariffs.models import Service, TariffVersion
from caudal.tariffs.operations import (
    AlreadyPublished,
    SameDay,
    ServiceData,
    UnknownServiceCode,
    UnpublishableTariff,
    create_service,
    create_tariff,
    discard_draft,
    import_tariff,
    publish_version,
    save_draft,
    update_service,
)
from caudal.tariffs.publication import PUBLICATION_TEXTS
from caudal.tariffs.queries import exported, simulate, version_on
from tests import factories

pytestmark = pytest.mark.django_db
NEW_YEAR = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def water() -> Service:
    factories.organisation()
    return create_service(data=ServiceData(code="water", name="Agua", kind="metered", unit="m³"), by=SYSTEM)


def definition(price: str = "0.45", **changes: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "name": "Agua",
        "unit": "m³",
        "components": [{"kind": "flat", "code": "consumo", "price": price}],
        **changes,
    }


def draft(valid_from: date = NEW_YEAR, **changes: Any) -> TariffVersion:
    service = Service.objects.get(code="water")
    tariff = service.tariffs.first() or create_tariff(
        service_id=service.pk, code="casa", name="Casa", by=SYSTEM
    )
    return save_draft(tariff_id=tariff.pk, valid_from=valid_from, definition=definition(**changes), by=SYSTEM)


def publish(version: TariffVersion) -> TariffVersion:
    return publish_version(version_id=version.pk, by=SYSTEM)


def problems(version: TariffVersion) -> list[str]:
    with pytest.raises(UnpublishableTariff) as refused:
        publish(version)
    return [problem.code for problem in refused.value.problems]


def test_a_new_version_ends_the_one_before_on_its_day() -> None:
    old, new = publish(draft()), publish(draft(date(2026, 7, 1), price="0.50"))
    old.refresh_from_db()
    assert (old.valid_to, new.valid_to) == (date(2026, 7, 1), None)
    assert version_on(tariff_id=old.tariff_id, day=date(2026, 6, 30)) == old
    assert version_on(tariff_id=old.tariff_id, day=date(2026, 7, 1)) == new
    assert version_on(tariff_id=old.tariff_id, day=date(2025, 12, 31)) is None


def test_a_version_between_two_holds_until_the_second() -> None:
    first, last = publish(draft()), publish(draft(date(2026, 9, 1)))
    middle = publish(draft(date(2026, 4, 1)))
    first.refresh_from_db()
    assert (first.valid_to, middle.valid_to, last.valid_to) == (date(2026, 4, 1), date(2026, 9, 1), None)


def test_two_versions_cannot_begin_on_one_day() -> None:
    publish(draft())
    with pytest.raises(SameDay):
        publish(draft())


def test_a_published_version_no_longer_changes() -> None:
    version = publish(draft())
    with pytest.raises(AlreadyPublished):
        save_draft(
            tariff_id=version.tariff_id,
            valid_from=NEW_YEAR,
            definition=definition("9"),
            version_id=version.pk,
            by=SYSTEM,
        )
    with pytest.raises(AlreadyPublished):
        discard_draft(version_id=version.pk, by=SYSTEM)
    with pytest.raises(AlreadyPublished):
        publish(version)


def test_a_draft_may_be_wrong_and_may_be_thrown_away() -> None:
    version = draft(components=[])
    assert problems(version) == ["empty_list"]
    discard_draft(version_id=version.pk, by=SYSTEM)
    assert not TariffVersion.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {
                "components": [
                    {
                        "kind": "blocks",
                        "code": "c",
                        "blocks": [{"upto": "15", "price": "1"}, {"upto": "30", "price": "2"}],
                    }
                ]
            },
            "last_block_not_open",
        ),
        (
            {
                "components": [
                    {
                        "kind": "blocks",
                        "code": "c",
                        "blocks": [{"upto": "15", "price": "1"}, {"from": "20", "price": "2"}],
                    }
                ]
            },
            "block_gap",
        ),
        ({"service": "sewerage"}, "other_service"),
        ({"unit": "kWh"}, "other_unit"),
        ({"minor_units": 0}, "other_minor_units"),
        (
            {"components": [{"kind": "percent", "code": "p", "percent": "30", "service": "sewerage"}]},
            "unknown_service",
        ),
    ],
)
def test_what_could_not_price_a_bill_is_named(changes: dict[str, Any], code: str) -> None:
    assert problems(draft(**changes)) == [code]


def test_percentages_that_go_round_in_a_circle_are_refused() -> None:
    publish(draft())
    sewerage = create_service(
        data=ServiceData(code="sewerage", name="Alcantarillado", kind="fixed"), by=SYSTEM
    )
    tariff = create_tariff(service_id=sewerage.pk, code="alc", name="Alcantarillado", by=SYSTEM)
    of_water = [{"kind": "percent", "code": "p", "percent": "30", "service": "water"}]
    ready = {"format": 1, "name": "Alcantarillado", "components": of_water}
    publish(save_draft(tariff_id=tariff.pk, valid_from=NEW_YEAR, definition=ready, by=SYSTEM))
    circle = [{"kind": "percent", "code": "p", "percent": "10", "service": "sewerage"}]
    assert problems(draft(date(2026, 7, 1), components=circle)) == ["percentage_cycle"]


def test_every_problem_is_said_in_spanish() -> None:
    with translation.override("es"):
        untold = [t for t in {**TEXTS, **PUBLICATION_TEXTS}.values() if translation.gettext(t) == t]
    assert not untold


def test_the_refusal_names_the_place_in_the_readers_language() -> None:
    with translation.override("es"), pytest.raises(UnpublishableTariff) as refused:
        publish(draft(unit="kWh"))
    assert refused.value.message == (
        "Esta tarifa no se puede publicar. unit: La definición cobra por kWh, pero el servicio se mide en m³."
    )


def test_a_file_comes_in_and_goes_out_as_the_same_tariff() -> None:
    text = json.dumps({**definition("0.450"), "service": "water", "valid_from": "2026-03-01"})
    version = import_tariff(code="casa-2", text=text, valid_from=None, by=SYSTEM)
    publish(version)
    again = import_tariff(
        code="casa-3", text=json.dumps(exported(version)), valid_from=date(2026, 4, 1), by=SYSTEM
    )
    assert {**exported(again), "valid_from": ""} == {**exported(version), "valid_from": ""}


def test_a_file_of_no_service_or_of_no_tariff_stores_nothing() -> None:
    with pytest.raises(UnknownServiceCode):
        import_tariff(code="x", text=json.dumps(definition()), valid_from=NEW_YEAR, by=SYSTEM)
    with pytest.raises(UnpublishableTariff):
        import_tariff(code="x", text="{", valid_from=NEW_YEAR, by=SYSTEM)
    assert not TariffVersion.objects.exists()


def test_a_case_is_priced_by_a_draft_or_refused_with_the_reason() -> None:
    priced = simulate(definition=definition("0.45"), usage=Decimal(31)).priced
    assert priced is not None
    assert priced.net == Decimal("13.95")
    with translation.override("es"):
        assert simulate(definition=definition(), usage=None).refusals == ("Falta el consumo.",)


def test_a_service_keeps_what_two_people_changed_apart(water: Service) -> None:
    changed = ServiceData(code="water", name="Agua potable", kind="metered", unit="m³")
    update_service(service_id=water.pk, version=1, data=changed, by=SYSTEM)
    water.refresh_from_db()
    assert (water.name, water.version) == ("Agua potable", 2)
