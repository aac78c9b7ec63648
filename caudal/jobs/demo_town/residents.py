"""Who lives where: each site becomes a customer with services, meter and property, by the office's own form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from django.db import transaction

from caudal.billing import operations as billing
from caudal.billing.models import Account
from caudal.billing.operations.accounts import Place
from caudal.common.actor import Actor
from caudal.jobs.demo_town.cast import (
    CARLOS_HOUSE,
    MARIAS_HOUSE,
    MARIAS_SECOND_HOUSE,
    MARIAS_SHOP,
    as_cast,
    is_cast,
    person,
)
from caudal.jobs.demo_town.names import Registry
from caudal.jobs.demo_town.office import CARLOS, CITIZENS, MARIA, create_user
from caudal.jobs.demo_town.places import SECTORS, Site
from caudal.jobs.demo_town.prices import HOME, PUBLIC, SHOP
from caudal.metering.operations.connections import ConnectionData
from caudal.metering.operations.meters import MeterData
from caudal.registry import operations as registry
from caudal.registry.operations import PartyData, PropertyData, RouteData
from caudal.tariffs.models import Tariff
from caudal.workflows.customers import ChosenTariff, NewService, Opened, open_service

BRANDS: Final = ("Elster", "Itron", "Zenner", "Sensus")
# A tenth of the holders have a second house on the same account.
SECOND_HOUSE: Final = 0.07
# Commercial connections have a contracted volume: what they use above it raises an alert.
CONTRACTED: Final = Decimal(60)
PAPER: Final = 0.12


@dataclass(slots=True)
class House:
    """A site that somebody lives in: the rows it became, and what its meter has counted."""

    site: Site
    connection_id: int
    installation_id: int
    account_id: int
    serial: str
    digits: int
    counted: float
    counted_until: date

    @property
    def register(self) -> Decimal:
        """What the meter shows: it starts again at zero after its highest number."""
        return Decimal(int(self.counted) % 10**self.digits)


class Residents:
    """Opens sites when their day comes. `houses` grows with the town."""

    def __init__(self, sites: Sequence[Site], tariffs: Mapping[str, int], by: Actor) -> None:
        self.tariffs, self.by = tariffs, by
        self.houses: list[House] = []
        self._names = Registry("Río Claro")
        self._chance = Random("residents")
        self._routes = self._make_sectors()
        self._waiting = sorted(
            map(as_cast, sites),
            key=lambda site: (site.starts_on, site.order),
            reverse=True,
        )
        self._rows = Tariff.objects.in_bulk(self.tariffs.values())
        self._accounts: list[Account] = []
        self._cast: dict[str, Account] = {}

    def live(self, day: date) -> None:
        """Let those in whose day has come."""
        while self._waiting and self._waiting[-1].starts_on <= day:
            self._open(self._waiting.pop())

    def _make_sectors(self) -> list[list[tuple[int, int]]]:
        """(sector id, route id) of each route, by sector."""
        made = []
        for sector in SECTORS:
            row = registry.save_sector(code=sector.code, name=sector.name, by=self.by)
            routes = [
                registry.save_route(
                    data=RouteData(
                        code=f"{sector.code}-{n}", name=f"{sector.name}, ruta {n}", sector_id=row.pk
                    ),
                    by=self.by,
                )
                for n in (1, 2)
            ]
            made.append([(row.pk, route.pk) for route in routes])
        return made

    @transaction.atomic
    def _open(self, site: Site) -> None:
        sector_id, route_id = self._routes[site.sector][site.route]
        land = registry.create_property(
            data=PropertyData(
                cadastral_code=f"6-{118_204 + 37 * site.order}-000", address=site.address, sector_id=sector_id
            )
        )
        account = self._account(site)
        serial = f"{site.starts_on:%y}-{334_000 + 7 * site.order}"
        opened = open_service(
            form=NewService(
                starts_on=site.starts_on,
                connection=ConnectionData(
                    address=site.address,
                    property_id=land.pk,
                    sector_id=sector_id,
                    route_id=route_id,
                    route_order=site.route_order,
                    attributes={"size": site.size},
                    limit_m3=CONTRACTED if site.category == SHOP else None,
                ),
                tariffs=self._chosen(site),
                account_id=account.pk,
                meter=MeterData(serial=serial, brand=BRANDS[site.order % len(BRANDS)], digits=site.digits),
                first_register=Decimal(site.first_register),
                connection_number=f"{10_000 + site.order + 1:06d}",
            ),
            by=self.by,
        )
        self._own(site, land.pk, account)
        self.houses.append(self._house(site, opened, serial))

    def _house(self, site: Site, opened: Opened, serial: str) -> House:
        assert opened.installation is not None
        return House(
            site=site,
            connection_id=opened.connection.pk,
            installation_id=opened.installation.pk,
            account_id=opened.account.pk,
            serial=serial,
            digits=site.digits,
            counted=float(site.first_register),
            counted_until=site.starts_on,
        )

    def _chosen(self, site: Site) -> tuple[ChosenTariff, ...]:
        codes = {HOME: "agua-domiciliaria", SHOP: "agua-comercial", PUBLIC: "agua-institucional"}
        wanted = [codes[site.category], *(["alcantarillado"] if site.sewer else []), "basura"]
        return tuple(ChosenTariff(tariff_id=self.tariffs[code], category=site.category) for code in wanted)

    def _own(self, site: Site, property_id: int, account: Account) -> None:
        """The property's owner is declared, and owes its tax and its parks."""
        owner = account
        if site.rented and len(self._accounts) > 1:
            owner = self._chance.choice(self._accounts[:-1])
        since = date(site.starts_on.year - 1, 6, 15)
        registry.add_owner(property_id=property_id, party_id=owner.holder_id, valid_from=since, by=self.by)
        taxed = [] if site.category == PUBLIC else ["bienes-inmuebles"]
        for code in [*taxed, "parques"]:
            billing.subscribe(
                account=owner,
                tariff=self._rows[self.tariffs[code]],
                valid_from=site.starts_on,
                place=Place(property_id=property_id),
                category=site.category,
            )
        if taxed:
            registry.declare_value(property_id=property_id, amount=site.worth, received_on=since, by=self.by)

    def _account(self, site: Site) -> Account:
        if site.order == MARIAS_SECOND_HOUSE:
            return self._cast[MARIA]
        second = self._chance.random() < SECOND_HOUSE and site.category == HOME and not is_cast(site)
        if second and self._accounts:
            return self._chance.choice(self._accounts)
        party = registry.create_party(data=self._person(site))
        account = billing.open_account(
            holder_id=party.pk,
            opened_on=site.starts_on,
            number=f"{20_000 + site.order + 1:06d}",
            delivery="print" if self._chance.random() < PAPER and not is_cast(site) else "mail",
        )
        self._play(site, account)
        if not is_cast(site):
            self._accounts.append(account)
        return account

    def _person(self, site: Site) -> PartyData:
        if cast := person(site):
            return cast
        draw = {HOME: self._names.person, SHOP: self._names.company, PUBLIC: self._names.institution}
        return draw[site.category](site.address)

    def _play(self, site: Site, account: Account) -> None:
        """Give the parts of those who sign in."""
        name = {MARIAS_HOUSE: MARIA, CARLOS_HOUSE: CARLOS}.get(site.order)
        if name:
            user = create_user(name, CITIZENS[name][0], "customer", self.by)
            registry.link_user(party_id=account.holder_id, user_id=user.pk, by=self.by)
            self._cast[name] = account
        if site.order == MARIAS_SHOP:
            registry.add_representative(
                represented_id=account.holder_id,
                representative_id=self._cast[MARIA].holder_id,
                valid_from=site.starts_on,
                by=self.by,
            )
