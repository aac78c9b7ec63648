"""Short ways to say a tariff and a case in a test."""

from decimal import Decimal
from typing import Any

from caudal.kernel.pricing import Context, Facts, Line, Priced, Tariff, line_to_json, parse_tariff
from caudal.kernel.pricing.lines import CODES

RIO_CLARO = [{"upto": "15", "price": "412.35"}, {"upto": "25", "price": "618.525"}, {"price": "927.7875"}]


def file(*components: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A tariff file of these components."""
    return {"format": 1, "name": "Agua", "unit": "m³", **keys, "components": list(components)}


def tariff(*components: dict[str, Any], **keys: Any) -> Tariff:
    """A tariff of these components."""
    return parse_tariff(file(*components, **keys))


def blocks(*listed: dict[str, Any], code: str = "consumo", **keys: Any) -> dict[str, Any]:
    """A blocks component."""
    return {"kind": "blocks", "code": code, "blocks": list(listed), **keys}


def flat(price: Any, code: str = "consumo", **keys: Any) -> dict[str, Any]:
    """A price for each unit."""
    return {"kind": "flat", "code": code, "price": price, **keys}


def fixed(amount: Any, code: str = "fijo", **keys: Any) -> dict[str, Any]:
    """A fixed amount."""
    return {"kind": "fixed", "code": code, "amount": amount, **keys}


def percent(share: Any, of: Any, code: str = "parte", **keys: Any) -> dict[str, Any]:
    """A percentage of components before."""
    return {"kind": "percent", "code": code, "percent": share, "of": of, **keys}


def at(**attributes: str) -> Context:
    """A customer with these attributes."""
    return Context(Facts(attributes))


def allowed(**allowances: str | None) -> Context:
    """A customer with these allowances."""
    return Context(
        allowances=Facts({name: None if n is None else Decimal(n) for name, n in allowances.items()})
    )


def lines_of(priced: Priced, code: str) -> list[Line]:
    """The lines of one code."""
    return [line for line in priced.lines if CODES[type(line)] == code]


def told(priced: Priced) -> list[dict[str, str | int]]:
    """The lines as JSON."""
    return [line_to_json(line) for line in priced.lines]
