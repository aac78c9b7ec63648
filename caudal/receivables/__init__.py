"""The append-only ledger: debits, payments, allocations and interest."""
