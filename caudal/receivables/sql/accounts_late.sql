-- Purpose: the accounts that a surcharge may have fallen on.
-- Parameters: on_day date; service_ids bigint[]; paid_too: also accounts that paid in the last two months.
-- Grain: an account with a live charge of the services past its due date. Reads only.
SELECT i.account_id
FROM receivables_openinvoice o
JOIN billing_invoice i ON i.id = o.invoice_id AND i.due_date < %(on_day)s
JOIN billing_charge c ON c.invoice_id = i.id AND c.live AND c.service_id = ANY (%(service_ids)s::bigint[])
UNION
SELECT p.account_id
FROM receivables_payment p
WHERE %(paid_too)s AND p.posted_on > %(on_day)s - 62 AND p.reversed_on IS NULL
ORDER BY 1
