"""The organisation as its documents show it: formats, letterhead, words, where to complain."""

from dataclasses import dataclass
from urllib.parse import urlparse
from zoneinfo import ZoneInfo

from caudal.common.ui.formats import SETIEMBRE
from caudal.documents.spanish.data import Format, Sender
from caudal.registry.context import BillWords
from caudal.registry.models import Organisation
from caudal.registry.queries import the_organisation

LETTER = frozenset({"US", "CA", "MX", "GT", "SV", "NI", "CR", "PA", "CO", "VE", "CL", "PH", "DO", "PR", "HN"})


@dataclass(frozen=True, slots=True)
class Issuer:
    """An organisation, read once for a batch of documents."""

    organisation: Organisation
    form: Format
    sender: Sender
    document: str
    account: str

    @property
    def zone(self) -> ZoneInfo:
        """Its clock."""
        return ZoneInfo(self.organisation.timezone)

    @property
    def bill(self) -> BillWords:
        """What it calls a bill, with what agrees with it."""
        return BillWords(self.document)

    @property
    def site(self) -> str:
        """Its address on the web, as people say it; empty when there is none."""
        return urlparse(self.organisation.base_url).netloc


def issuer() -> Issuer:
    """The organisation as it is now. Raises Organisation.DoesNotExist before `caudal init`."""
    return issuer_of(the_organisation())


def issuer_of(town: Organisation) -> Issuer:
    """The organisation as it is, or as it was when a document was issued (ConditionsBook)."""
    words = town.vocabulary
    return Issuer(
        organisation=town,
        form=_form(town),
        sender=_sender(town),
        document=str(words.get("document", "factura")).lower(),
        account=str(words.get("account", "abonado")).lower(),
    )


def _form(town: Organisation) -> Format:
    form: Format = {
        "symbol": town.symbol,
        "decimals": town.minor_units,
        "point": town.point,
        "group": town.group,
        "region": town.country,
        "paper": "us-letter" if town.country in LETTER else "a4",
    }
    if town.locale in SETIEMBRE:
        form["months"] = {"septiembre": "setiembre"}
    return form


def _sender(town: Organisation) -> Sender:
    site = urlparse(town.base_url).netloc
    parts = (town.identification, town.phone, site or town.email)
    sender: Sender = {"name": town.name, "line": " · ".join(part for part in parts if part)}
    if town.logo_svg:
        sender["logo"] = town.logo_svg
    return sender


def help_boxes(by: Issuer) -> list[dict[str, str]]:
    """Where to complain, where to pay, whom to call: what the organisation has filled in."""
    town = by.organisation
    contacts = " o ".join(part for part in (town.phone, town.email) if part)
    complain = town.claims_text or f"Reclame antes del vencimiento en {contacts or town.name}."
    boxes = [{"title": "¿No está de acuerdo?", "text": complain}]
    ways = [f"En {by.site}"] if by.site else []
    ways += ["con el código QR", "en ventanilla con el código de barras"]
    where = ", ".join(ways[:-1]) + f" o {ways[-1]}."
    boxes.append({"title": "¿Dónde pagar?", "text": where[0].upper() + where[1:]})
    if town.phone:
        boxes.append({"title": "¿Fuga o emergencia?", "text": f"Llame al {town.phone}."})
    return boxes
