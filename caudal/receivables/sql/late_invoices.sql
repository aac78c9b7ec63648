-- Purpose: the invoices of some accounts whose lateness may still cost something.
-- Parameters: account_ids bigint[]; paid_too: also those paid late since the account's third last bill, whose last
--   interest may not have been charged.
-- Grain: an invoice. Reads only.
SELECT o.invoice_id
FROM receivables_openinvoice o
WHERE o.account_id = ANY (%(account_ids)s::bigint[])
UNION
SELECT c.invoice_id
FROM billing_account b
CROSS JOIN LATERAL (
    SELECT coalesce((
        SELECT r.dated_on FROM billing_invoice r
        WHERE r.account_id = b.id AND r.origin = 'run' AND r.voided_on IS NULL
        ORDER BY r.dated_on DESC OFFSET 2 LIMIT 1), '-infinity'::date) AS day
) since
JOIN receivables_payment p ON p.account_id = b.id AND p.posted_on >= since.day AND p.reversed_on IS NULL
JOIN receivables_allocation a ON a.payment_id = p.id
JOIN billing_charge c ON c.id = a.charge_id
WHERE %(paid_too)s AND b.id = ANY (%(account_ids)s::bigint[])
