"""What a board writes, each in one transaction; what a levy becomes is up to the bill run.

Lock order: assembly or quota → account. Whether a levy is billed is asked inside, under the account's lock.
"""

from caudal.board.operations.assemblies import assembly_of, hold_assembly, save_attendance
from caudal.board.operations.expenses import enter_expense, withdraw_expense
from caudal.board.operations.levies import (
    SocialQuotaBilled,
    charge_fines,
    set_social_quota,
    withdraw_fines,
)
from caudal.board.operations.quotas import DuplicateQuota, QuotaData, approve_quota, withdraw_quota

__all__ = [
    "DuplicateQuota",
    "QuotaData",
    "SocialQuotaBilled",
    "approve_quota",
    "assembly_of",
    "charge_fines",
    "enter_expense",
    "hold_assembly",
    "save_attendance",
    "set_social_quota",
    "withdraw_expense",
    "withdraw_fines",
    "withdraw_quota",
]
