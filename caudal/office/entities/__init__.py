"""The tables of the town as the office shows them, one declaration each (caudal.office.crud)."""
