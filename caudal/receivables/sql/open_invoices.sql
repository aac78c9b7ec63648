-- Purpose: enter issued invoices into the set of what is open. Those of nothing never open.
-- Parameters: invoice_ids bigint[].
-- Grain: a row per invoice. Idempotency: a second time changes nothing.
INSERT INTO receivables_openinvoice (invoice_id, account_id)
SELECT i.id, i.account_id
FROM billing_invoice i
WHERE i.id = ANY (%(invoice_ids)s::bigint[]) AND i.total > 0 AND i.voided_on IS NULL
ON CONFLICT (invoice_id) DO NOTHING
