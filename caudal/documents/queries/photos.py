"""The photo of the meter beside what it showed."""

from collections.abc import Mapping, Sequence

from caudal.common import sql
from caudal.documents.spanish.data import BillData


def illustrate(bills: Mapping[int, BillData], *, names: Sequence[str]) -> dict[str, bytes]:
    """Put on each bill of one meter the photo of its reading, if it had one at issue; the files by their names.

    `names` has one for each bill: few names that are used again, because the press never forgets one.
    """
    found = dict(sql.rows("documents/bill_photos", {"invoice_ids": list(bills)}))
    files = {}
    for (invoice_id, bill), name in zip(bills.items(), names, strict=True):
        if invoice_id in found:
            (reading,) = bill["readings"]
            reading["photo"] = name
            reading["photo_alt"] = f"Foto del medidor {reading['meter']}: marca {reading['current']}"
            files[name] = bytes(found[invoice_id])
    return files
