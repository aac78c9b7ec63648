"""What a board asks: who its members are, what waits to be billed, and how its month went."""

from caudal.board.queries.levies import billed_ids, pending_social, waiting
from caudal.board.queries.members import Member, members
from caudal.board.queries.month import BoardMonth, board_month

__all__ = [
    "BoardMonth",
    "Member",
    "billed_ids",
    "board_month",
    "members",
    "pending_social",
    "waiting",
]
