"""The members of a board: whoever has an account with a service. Several accounts are still one member."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from caudal.common import sql


class Member(NamedTuple):
    """A row of members.sql: the person, and the account that his fines and quotas go on."""

    party_id: int
    account_id: int
    number: str
    name: str


def members(*, on: date, party_ids: Collection[int] | None = None) -> tuple[Member, ...]:
    """The members on a day, by surname, or those of them who are named."""
    params = {"on_day": on, "party_ids": None if party_ids is None else list(party_ids)}
    return tuple(Member(*row) for row in sql.rows("board/members", params))
