"""Whatever stands in a file, it is a tariff or a list of problems; whatever it charges, a price or a refusal."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.pricing import CannotPrice, InvalidTariff, parse_tariff, price, tariff_to_json
from tests.unit.kernel.pricing.test_stored import CASE, FULL

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["total", "1e99", "-1", "0", "é"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["by", "values", "else", "upto", "price", "kind", "code", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every object and list of a file with each of its keys."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else []
    for key in keys:
        yield data, key
        yield from places(data[key])


@given(st.data())
def test_a_file_with_anything_in_any_place_is_read_or_refused_never_crashed_on(data: st.DataObject) -> None:
    file = copy.deepcopy(tariff_to_json(FULL))
    for _ in range(data.draw(st.integers(1, 3))):
        where, key = data.draw(st.sampled_from(list(places(file))))
        where[key] = data.draw(junk)
    try:
        tariff = parse_tariff(file)
    except InvalidTariff as refused:
        assert all(problem.text for problem in refused.problems)
        return
    try:
        assert price(tariff, 44, CASE).net.is_finite()
    except CannotPrice as refused:
        assert str(refused)
