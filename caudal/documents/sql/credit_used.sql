-- Purpose: money in favour that settled an invoice's own charges at its issue: what it was born with.
-- Parameters: invoice_ids bigint[].
-- Grain: an invoice that used credit. The account is locked while an invoice is issued, so what was applied
-- before the account's next entry (of another run) was applied at the issue. Reads only.
WITH own AS (
    SELECT i.id, i.account_id, b.run_id, min(e.id) AS first_entry, max(e.id) AS last_entry
    FROM billing_invoice i
    JOIN billing_charge c ON c.invoice_id = i.id
    JOIN receivables_ledgerentry e ON e.charge_id = c.id AND e.reverses_id IS NULL
    LEFT JOIN billing_runbatch b ON b.id = i.batch_id
    WHERE i.id = ANY (%(invoice_ids)s::bigint[]) AND i.origin <> 'imported'
    GROUP BY i.id, b.run_id
)
SELECT own.id, sum(a.amount)
FROM own
JOIN billing_charge c ON c.invoice_id = own.id
JOIN receivables_allocation a ON a.charge_id = c.id
JOIN LATERAL (  -- what an invoice is below zero came in with its own debits; from another of the run, with this one
    SELECT e.id FROM receivables_ledgerentry e WHERE e.payment_id = a.payment_id AND e.reverses_id IS NULL
    UNION ALL
    SELECT CASE WHEN kb.run_id = own.run_id THEN 0 ELSE min(e.id) END
    FROM receivables_invoicecredit k
    JOIN billing_charge x ON x.invoice_id = k.invoice_id
    JOIN receivables_ledgerentry e ON e.charge_id = x.id AND e.reverses_id IS NULL
    JOIN billing_invoice ki ON ki.id = k.invoice_id
    LEFT JOIN billing_runbatch kb ON kb.id = ki.batch_id
    WHERE k.payment_id = a.payment_id
    GROUP BY kb.run_id
) p ON p.id < own.first_entry
WHERE NOT EXISTS (
    SELECT
    FROM receivables_ledgerentry n
    LEFT JOIN billing_charge x ON x.id = n.charge_id AND n.kind = 'charge'
    LEFT JOIN billing_invoice i ON i.id = x.invoice_id
    LEFT JOIN billing_runbatch b ON b.id = i.batch_id
    WHERE n.account_id = own.account_id AND n.id > own.last_entry AND n.posted_at <= a.made_at
        AND (own.run_id IS NULL OR b.run_id IS DISTINCT FROM own.run_id)
)
GROUP BY own.id
HAVING sum(a.amount) > 0
