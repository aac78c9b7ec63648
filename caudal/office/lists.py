"""Lists of any length: filters and order in the address, pages whose work does not grow with the table."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.expressions import BaseExpression
from django.http import HttpRequest
from django.utils.functional import cached_property

from caudal.office.access import StaffRequest

PER_PAGE: Final = 50
# Beyond this many rows people search or filter; counting further would cost more than the page.
CEILING: Final = 10_000
TOO_MANY_TO_SORT: Final = "Son más de 10 000: busque o filtre para ordenarlas por ese dato."
SORT: Final = "orden"
PAGE: Final = "p"


if TYPE_CHECKING:
    # Only the stubs' paginator says what it pages.
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


class BoundedPaginator(_Paginator):
    """Counts at most CEILING rows; `capped` says that there are more. `surely`: see `counted`."""

    surely: BaseExpression | None = None

    @cached_property
    def counted(self) -> int:
        """The rows there are, or one more than CEILING."""
        return counted(self.object_list, surely=self.surely)

    @cached_property
    def count(self) -> int:
        return min(self.counted, CEILING)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than the pages show."""
        return self.counted > CEILING


def counted(rows: Any, *, surely: BaseExpression | None = None) -> int:
    """How many rows there are, up to one more than CEILING.

    `surely` is a condition that holds for some of them and is quickly looked up: where these are enough, no others
    are counted.
    """
    if not isinstance(rows, QuerySet):
        return len(rows)
    if surely is not None and (some := counted(rows.filter(surely))) > CEILING:
        return some
    return rows.order_by()[: CEILING + 1].count()


def count(rows: QuerySet[Any]) -> int | None:
    """The number of rows for a chip; None (no number) beyond CEILING."""
    found = counted(rows)
    return found if found <= CEILING else None


def chips(everything: QuerySet[Any] | int, **narrowed: QuerySet[Any]) -> dict[str, int | None]:
    """The numbers on a list's filters; none at all when there is so much that counting would cost a page.

    `everything`: the rows without a filter, or how many they are where that is known.
    """
    whole = everything if isinstance(everything, int) else counted(everything)
    if whole > CEILING:
        return {"all": None}
    return {"all": whole, **{name: count(rows) for name, rows in narrowed.items()}}


def page_of(
    request: HttpRequest, rows: Any, *, per_page: int = PER_PAGE, surely: BaseExpression | None = None
) -> Page[Any]:
    """The page that the address asks for; the nearest one when it asks for none there is. `surely`: see `counted`."""
    paginator = BoundedPaginator(rows, per_page)
    paginator.surely = surely
    return paginator.get_page(request.GET.get(PAGE))


def found_in_all(page: Page[Any]) -> int:
    """How many rows a page's list has, up to one more than CEILING: counted already."""
    assert isinstance(page.paginator, BoundedPaginator), "made by page_of"
    return page.paginator.counted


def is_capped(page: Page[Any]) -> bool:
    """Whether a page's list is too long to be counted, or summed."""
    return isinstance(page.paginator, BoundedPaginator) and page.paginator.capped


def ordered(
    request: StaffRequest, rows: QuerySet[Any], orders: Mapping[str, Sequence[str]], default: str
) -> QuerySet[Any]:
    """Rows in the order of the address (`orden=name`, reversed by a minus); `orders` names what may be asked.

    The request keeps the order that was used, for the heads of the columns to tell.
    """
    asked = request.GET.get(SORT, default)
    name = asked.removeprefix("-")
    fields = orders.get(name) or orders[default.removeprefix("-")]
    if name not in orders:
        asked = default
    request.order_used = asked
    if asked.startswith("-"):
        fields = [f.removeprefix("-") if f.startswith("-") else f"-{f}" for f in fields]
    return rows.order_by(*fields)


def ordered_where_short(
    request: StaffRequest,
    rows: QuerySet[Any],
    orders: Mapping[str, Sequence[str]],
    default: str,
    *,
    covered: Collection[str],
) -> QuerySet[Any]:
    """As `ordered`; by what no index covers (not in `covered`) only a list that is counted, else the user is told."""
    name = request.GET.get(SORT, default).removeprefix("-")
    if name in orders and name not in covered and counted(rows) > CEILING:
        messages.info(request, TOO_MANY_TO_SORT)
        orders = {code: orders[code] for code in covered}
    return ordered(request, rows, orders, default)


def choice(request: HttpRequest, name: str, options: Sequence[str]) -> str:
    """A filter's value when it is one of the options, else nothing."""
    asked = request.GET.get(name, "")
    return asked if asked in options else ""


def whole(request: HttpRequest, name: str) -> int | None:
    """A filter's value as a row's id, else nothing."""
    asked = request.GET.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
