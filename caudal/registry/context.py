"""The organisation in every request: its time zone, and its number formats for the templates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from caudal.common.ui.formats import in_english
from caudal.registry.queries import organisation as known_organisation
from caudal.registry.queries import organisation_kept


@dataclass(frozen=True, slots=True)
class BillWords:
    """The town's word for a bill with what agrees with it: «la factura», «este recibo», «la próxima», «pagado»."""

    one: str

    @property
    def _feminine(self) -> bool:
        return self.one.endswith("a")

    @property
    def many(self) -> str:
        return f"{self.one}s"

    @property
    def end(self) -> str:
        """What an adjective of it ends with: «pagada», «pagado»."""
        return "a" if self._feminine else "o"

    @property
    def it(self) -> str:
        """«véala», «véalo»."""
        return "la" if self._feminine else "lo"

    @property
    def article(self) -> str:
        return "la" if self._feminine else "el"

    @property
    def the(self) -> str:
        return f"{self.article} {self.one}"

    @property
    def this(self) -> str:
        return f"{'esta' if self._feminine else 'este'} {self.one}"

    @property
    def an(self) -> str:
        return f"{'una' if self._feminine else 'un'} {self.one}"

    @property
    def next(self) -> str:
        return f"{'próxima' if self._feminine else 'próximo'} {self.one}"

    @property
    def the_next(self) -> str:
        return f"{self.article} {self.next}"

    def overdue(self, count: int) -> str:
        """«factura vencida», «recibos vencidos»."""
        return f"{self.many} vencid{self.end}s" if count > 1 else f"{self.one} vencid{self.end}"

    @property
    def all(self) -> str:
        return f"{'todas las' if self._feminine else 'todos los'} {self.many}"

    @property
    def other(self) -> str:
        return f"{'otras' if self._feminine else 'otros'} {self.many}"


class EnglishBillWords(BillWords):
    """The same on a page that is read in English, which calls a bill a bill in every town."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("bill")

    @property
    def end(self) -> str:
        return ""

    @property
    def it(self) -> str:
        return "it"

    @property
    def article(self) -> str:
        return "the"

    @property
    def this(self) -> str:
        return "this bill"

    @property
    def an(self) -> str:
        return "a bill"

    @property
    def next(self) -> str:
        return "next bill"

    def overdue(self, count: int) -> str:
        return f"overdue {self.many if count > 1 else self.one}"

    @property
    def all(self) -> str:
        return "all bills"

    @property
    def other(self) -> str:
        return "other bills"


# What a page in English calls who takes the services: the town's own word is Spanish data.
ENGLISH_ACCOUNT: Final = {"asociado": "Member", "contribuyente": "Taxpayer", "suscriptor": "Subscriber"}


@dataclass(frozen=True, slots=True)
class Town:
    """How the town writes its name, its money and its dates. `words` is its vocabulary (docs/glossary.md); `locale` the
    language that the page is read in, and the town's country («es-CR», «en-CR»).

    `phone` and `claims_text` (where to complain) stand at the foot of the portal, where they are filled in.
    """

    name: str
    kind: str
    symbol: str
    currency: str
    minor_units: int
    point: str
    group: str
    locale: str
    words: dict[str, str]
    phone: str = ""
    claims_text: str = ""
    founded: bool = True

    @property
    def account_word(self) -> str:
        """What the town calls who takes its services: «Abonado», «Asociado», «Contribuyente»."""
        word = self.words.get("account", "Abonado")
        return ENGLISH_ACCOUNT.get(word.lower(), "Customer") if in_english(self.locale) else word

    @property
    def bill(self) -> BillWords:
        """What the town calls a bill: «factura», «recibo»."""
        if in_english(self.locale):
            return EnglishBillWords()
        return BillWords(self.words.get("document", "factura").lower())

    def read_now(self) -> "Town":
        """The same town as it speaks in the language now active."""
        return replace(self, locale=_read_in(self.locale))


UNNAMED = Town("Caudal", "water_utility", "$", "USD", 2, ".", ",", "es", {}, founded=False)


def current_town() -> Town:
    """The organisation's formats, dates and words in the language of the page; neutral ones before there is one."""
    organisation = known_organisation()
    if organisation is None:
        return UNNAMED
    locale = _read_in(organisation.locale)
    return Town(
        name=organisation.name,
        kind=organisation.kind,
        symbol=organisation.symbol,
        currency=organisation.currency,
        minor_units=organisation.minor_units,
        point=organisation.point,
        group=organisation.group,
        locale=locale,
        words=organisation.vocabulary,
        phone=organisation.phone,
        # The town wrote it in Spanish; who reads English is better off with the telephone.
        claims_text="" if in_english(locale) and organisation.phone else organisation.claims_text,
    )


def _read_in(locale: str) -> str:
    """The town's locale, or its country's in the language of the page where that is another."""
    language, _, country = locale.partition("-")
    read = get_language() or language
    return locale if read == language else f"{read}-{country}".rstrip("-")


def activate_town_timezone() -> None:
    """Dates are the town's: commands and tasks call this once, requests through the middleware."""
    if known := known_organisation():
        timezone.activate(ZoneInfo(known.timezone))


class TownMiddleware:
    """Has the organisation read once a request, and activates the town's clock for the view.

    Stands above the session, which is read together with the organisation.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with organisation_kept():
            return self.get_response(request)

    def process_view(self, *_view: object) -> None:
        """The town's clock: once it is known who asks, and before the page is made."""
        activate_town_timezone()


def town(request: HttpRequest) -> dict[str, Any]:
    """Template context: `town`."""
    return {"town": current_town()}
