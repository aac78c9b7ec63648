"""Accounts, subscriptions, runs, invoices and charges: where consumption becomes a document."""
