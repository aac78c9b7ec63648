-- Purpose: money received and not yet applied.
-- Parameters: account_ids bigint[]. Grain: one row. Reads only.
SELECT coalesce(sum(p.amount - coalesce(a.applied, 0)), 0)
FROM receivables_opencredit o
JOIN receivables_payment p ON p.id = o.payment_id
LEFT JOIN LATERAL (
    SELECT sum(amount) AS applied FROM receivables_allocation WHERE payment_id = p.id
) a ON true
WHERE o.account_id = ANY (%(account_ids)s::bigint[])
