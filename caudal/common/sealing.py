"""Seals the history in hash-chained batches, after the fact: who writes it pays nothing and waits for nobody."""

from typing import Final

from django.db import connection, transaction

from caudal.common import sql

# Records and rows of one seal; more make several, so that memory stays flat.
MOST: Final = 10_000
# One sealer at a time; the number only has to be ours.
SEAL_LOCK: Final = 4_117_203


def seal_history(*, everything: bool = False) -> int:
    """Seal all records and row changes that are committed and unsealed; how many seals were made.

    Looks at what the last day wrote, or at `everything`: a transaction may have been open for longer. Changes of
    rows that no operation accounts for get a record of their own first.
    """
    made = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        explain_changes(kind="history.direct", everything=everything)
        while sql.execute("common/seal", {"everything": everything, "most": MOST}):
            made += 1
    return made


def explain_changes(*, kind: str, label: str | None = None, everything: bool = False) -> int:
    """Give each unsealed change of rows that no operation accounts for a record; how many.

    `label` names who did it; without one it is the role of the database.
    """
    params = {"kind": kind, "label": label, "everything": everything}
    return sql.execute("common/explain_changes", params)
