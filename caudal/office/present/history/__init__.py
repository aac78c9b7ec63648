"""The history in plain Spanish: what happened, to what, by whom, and what was before and after."""

from caudal.office.present.history.entries import audit_entries, entries, record_page
from caudal.office.present.history.search import Wanted, about, found

__all__ = ["Wanted", "about", "audit_entries", "entries", "found", "record_page"]
