-- Purpose: one debit for each charge of issued invoices.
-- Parameters: invoice_ids bigint[]; on_day date, the day of posting.
-- Grain: a ledger entry per charge. Idempotency: entry_once_per_charge refuses a second posting.
INSERT INTO receivables_ledgerentry (account_id, kind, amount, value_on, posted_on, charge_id)
SELECT i.account_id, 'charge', c.total, i.dated_on, %(on_day)s, c.id
FROM billing_invoice i
JOIN billing_charge c ON c.invoice_id = i.id
WHERE i.id = ANY (%(invoice_ids)s::bigint[])
ORDER BY c.id
