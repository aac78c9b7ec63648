"""What is wrong with rules for late payment, said to who typed them."""

import json

import pytest
from django.utils import translation

from caudal.kernel.late_policies import LatePolicyError, parse_late_policies
from caudal.tariffs.sentences import LATE, late_policy_sentence

DAILY = '"kind": "daily", "rates": [{"percent": "12"}]'
WRONG = {
    "kind": '[{"kind": "weekly", "rates": []}]',
    "rates": '[{"kind": "daily", "rates": "12"}]',
    "rates_not_in_order": '[{"kind": "daily", "rates": []}]',
    "from": '[{"kind": "daily", "rates": [{"from": "mañana", "percent": "12"}]}]',
    "not_a_number": '[{"kind": "daily", "rates": [{"percent": "doce"}]}]',
    "not_a_whole_number": f'[{{{DAILY}, "grace_days": "3"}}]',
    "basis_or_grace": f'[{{{DAILY}, "basis": 366}}]',
    "negative": '[{"kind": "flat", "rates": [{"percent": "-5"}]}]',
    "unknown_key": f'[{{{DAILY}, "gracia": 3}}]',
    "code_twice": f"[{{{DAILY}}}, {{{DAILY}}}]",
}


@pytest.mark.parametrize("code", LATE)
def test_each_problem_has_its_sentence(code: str) -> None:
    with pytest.raises(LatePolicyError) as refused:
        parse_late_policies(json.loads(WRONG[code]))
    with translation.override("es"):
        said = late_policy_sentence(refused.value)
        assert said.endswith(str(LATE[code]))
    assert said.startswith(refused.value.place)


def test_a_misspelt_key_is_named() -> None:
    with pytest.raises(LatePolicyError) as refused:
        parse_late_policies(json.loads(WRONG["unknown_key"]))
    with translation.override("es"):
        assert late_policy_sentence(refused.value) == "[0]: gracia: Hay una clave que no va aquí."
