"""From the neutral JSON of real tariffs to Caudal's tariff files and cases. What cannot be said is refused by name.

The neutral form: `charges` of a `kind` each, values that may be `{"by": […], "values": [[[key…], value]…]}`,
limits `upto` (cumulative, inclusive, null for none), `factor` on a line, `total_factor`; `cases` with `inp` and
`bill`. Files of other programs add kinds, `vat`, and `social` prices; a key that is not known here is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.realdata.shapes import NotExpressible, amount, blocks_by, diameter, number, table_of

Charge = dict[str, Any]
SOCIAL = "social_tariff"
OUT_OF_SCOPE = {"tou_energy": "time of use", "demand_charge": "demand"}
NO_LINE = frozenset({"code", "kind", "factor", "vat"})


@dataclass
class Draft:
    """A Caudal tariff file being written: its components, and which of them each VAT rate falls on."""

    components: list[dict[str, Any]] = field(default_factory=list)
    taxed: dict[str, list[str]] = field(default_factory=dict)

    def add(self, charge: Charge, component: dict[str, Any]) -> None:
        """Append what a charge became, with what any charge may say."""
        code = self._code(charge["code"])
        factor = {"factor": amount(charge["factor"])} if "factor" in charge else {}
        self.components.append({"kind": component["kind"], "code": code, **component, **factor})
        if "vat" in charge:
            self.taxed.setdefault(str(charge["vat"]).rstrip("% "), []).append(code)

    def of(self, codes: str) -> list[str]:
        """The components that `a+b` stands for; neutral files may use a code twice."""
        found = []
        for code in codes.split("+"):
            named = [c["code"] for c in self.components if c["code"].split("#")[0] == code.strip()]
            if not named:
                raise NotExpressible(f"percent of {code}, which does not come before")
            found += named
        return found

    def _code(self, wanted: str) -> str:
        taken = sum(each["code"].split("#")[0] == wanted for each in self.components)
        return f"{wanted}#{taken + 1}" if taken else wanted


def tariff_file(neutral: dict[str, Any], rounding: str = "total") -> dict[str, Any]:
    """The Caudal tariff file of a neutral tariff. Raises NotExpressible, naming the shape."""
    for shape in neutral.get("shape", ()):
        if shape in OUT_OF_SCOPE:
            raise NotExpressible(OUT_OF_SCOPE[shape])
    if "charges" not in neutral:
        raise NotExpressible(f"a tariff without charges: {sorted(neutral)}")
    draft = _drafted(neutral["charges"])
    for rate, codes in draft.taxed.items():
        if float(rate):
            draft.components.append({"kind": "percent", "code": f"vat {rate}", "percent": rate, "of": codes})
    file: dict[str, Any] = {"format": 1, "name": neutral["utility"], "unit": neutral.get("unit", "")}
    if "total_factor" in neutral:
        file["factor"] = amount(neutral["total_factor"])
    if "usage floored" in neutral.get("rounding", ""):
        file["usage"] = {"rounding": "floor"}
    free = [{"kind": "fixed", "code": "free", "amount": "0"}]  # a tariff that charges nothing has to say so
    return {**file, "rounding": rounding, "components": draft.components or free}


def _drafted(charges: list[Charge]) -> Draft:
    draft = Draft()
    for charge in charges:
        kind = charge.get("kind")
        if kind not in KINDS:
            raise NotExpressible(f"a charge of kind {kind}")
        read, keys = KINDS[kind]
        if unknown := set(charge) - keys - NO_LINE:
            raise NotExpressible(f"{kind} with {', '.join(sorted(unknown))}")
        draft.add(charge, read(charge, draft))
    return draft


def _fixed(charge: Charge, draft: Draft) -> dict[str, Any]:
    return {"kind": "fixed", "amount": _social(charge, "amount")}


def _per_unit(charge: Charge, draft: Draft) -> dict[str, Any]:
    return {"kind": "flat", "price": _social(charge, "price")}


def _per_day(charge: Charge, draft: Draft) -> dict[str, Any]:
    return {"kind": "fixed", "per": "day", "amount": _social(charge, "price")}


def _per_day_by_diameter(charge: Charge, draft: Draft) -> dict[str, Any]:
    rows = [[[diameter(text)], number(price)] for text, price in charge["rows"]]
    by = ["meter_diameter_mm"]
    if "social" in charge:
        by.append(SOCIAL)
        social = number(charge["social"])
        rows = [[[*keys, flag], social if flag == "true" else price] for keys, price in rows
                for flag in ("false", "true")]  # fmt: skip
    return {"kind": "fixed", "per": "day", "amount": {"by": by, "values": rows}}


def _blocks(charge: Charge, draft: Draft) -> dict[str, Any]:
    limits, prices = table_of(charge["upto"]), table_of(charge["prices"])
    found = blocks_by(limits, prices, _listed)
    if "social" in charge:
        if isinstance(found, dict):
            raise NotExpressible("social blocks beside a lookup")
        social = _listed(charge["social"]["upto"], charge["social"]["prices"])
        found = {"by": [SOCIAL], "values": [[["false"], found], [["true"], social]]}
    return {"kind": "blocks", "blocks": found}


def _listed(upto: list[Any], prices: list[Any]) -> list[dict[str, Any]]:
    if len(upto) != len(prices):
        raise NotExpressible(f"{len(upto)} limits for {len(prices)} prices")
    return [
        {"price": number(price)} if limit is None else {"upto": number(limit), "price": number(price)}
        for limit, price in zip(upto, prices, strict=True)
    ]


def _budget_blocks(charge: Charge, draft: Draft) -> dict[str, Any]:
    starts = table_of(charge["starts"])
    return {"kind": "blocks", "blocks": blocks_by(starts, table_of(charge["prices"]), _from_starts)}


def _from_starts(starts: list[Any], prices: list[Any]) -> list[dict[str, Any]]:
    """A block ends where the next begins, the first begins at zero; whole units, halves to even."""
    limits = [_start(start) for start in starts[1:]]
    blocks = [{"upto": limit, "price": number(price)} for limit, price in zip(limits, prices, strict=False)]
    return [*blocks, {"price": number(prices[-1])}]


def _start(text: Any) -> Any:
    start = str(text)
    if start.endswith("%"):
        return {"allowance": "budget", "percent": start.rstrip("% "), "rounding": "half_even"}
    if start.replace(".", "", 1).isdigit():
        return start
    return {"allowance": start, "rounding": "half_even"}


def _percent_of(charge: Charge, draft: Draft) -> dict[str, Any]:
    percent = amount(charge["percent"])
    if "social_percent" in charge:
        percent = _by_social(percent, charge["social_percent"])
    return {"kind": "percent", "percent": percent, "of": draft.of(charge["of"])}


def _minimum_then_blocks(charge: Charge, draft: Draft) -> dict[str, Any]:
    minimum = {"amount": amount(charge["minimum_amount"]), "included": amount(charge["included_usage"])}
    return {**_blocks(charge, draft), "minimum": minimum}


def _social(charge: Charge, key: str) -> Any:
    found = amount(charge[key])
    return _by_social(found, charge["social"]) if "social" in charge else found


def _by_social(usual: Any, social: Any) -> Any:
    if isinstance(usual, dict):
        raise NotExpressible("a social price beside a lookup")
    return {"by": [SOCIAL], "values": [[["false"], usual], [["true"], number(social)]]}


Reader = Callable[[Charge, Draft], dict[str, Any]]
KINDS: dict[str, tuple[Reader, frozenset[str]]] = {
    "fixed": (_fixed, frozenset({"amount", "social"})),
    "per_unit": (_per_unit, frozenset({"price", "social"})),
    "per_day": (_per_day, frozenset({"price", "social"})),
    "per_day_by_meter_diameter": (_per_day_by_diameter, frozenset({"rows", "social"})),
    "blocks": (_blocks, frozenset({"upto", "prices", "social"})),
    "budget_blocks": (_budget_blocks, frozenset({"starts", "prices"})),
    "percent_of": (_percent_of, frozenset({"of", "percent", "social_percent"})),
    "minimum_block_then_blocks": (
        _minimum_then_blocks,
        frozenset({"included_usage", "minimum_amount", "upto", "prices", "social"}),
    ),
}


def resolved(neutral: dict[str, Any], upto: list[Any]) -> dict[str, Any]:
    """The tariff with the limits in units that a case gives, for budgets rounded by a rule of the peer's own."""

    def fixed(charge: Charge) -> Charge:
        if charge["kind"] != "budget_blocks":
            return charge
        return {**{k: v for k, v in charge.items() if k != "starts"}, "kind": "blocks", "upto": upto}

    return {**neutral, "charges": [fixed(charge) for charge in neutral["charges"]]}
