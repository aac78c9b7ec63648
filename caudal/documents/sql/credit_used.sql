-- Purpose: money in favour that settled an invoice's own charges at its issue: what it was born with.
-- Parameters: invoice_ids bigint[]. Grain: an invoice that used credit. Reads only.
SELECT c.invoice_id, sum(a.amount)
FROM billing_charge c
JOIN receivables_ledgerentry e ON e.charge_id = c.id AND e.reverses_id IS NULL
JOIN receivables_allocation a ON a.charge_id = c.id AND a.made_at <= e.posted_at
WHERE c.invoice_id = ANY (%(invoice_ids)s::bigint[])
GROUP BY c.invoice_id
HAVING sum(a.amount) > 0
