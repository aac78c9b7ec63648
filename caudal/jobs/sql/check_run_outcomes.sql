-- 14: everything a run expected has exactly one outcome: billed, retained or excused.
SELECT 'run ' || r.id, format('expected %s, billed %s, retained or excused %s', r.expected, billed.n, other.n)
FROM billing_billrun r
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM billing_invoice i JOIN billing_runbatch b ON b.id = i.batch_id
    JOIN billing_charge c ON c.invoice_id = i.id
    WHERE b.run_id = r.id AND c.origin_kind = '') AS billed
CROSS JOIN LATERAL (SELECT count(*) AS n FROM billing_runexception e WHERE e.run_id = r.id) AS other
WHERE r.state = 'issued' AND r.expected <> billed.n + other.n
UNION ALL
SELECT 'batch ' || b.id, format('%s invoices of %s counted, %s of %s found', b.invoices, b.total, i.n, i.total)
FROM billing_runbatch b
CROSS JOIN LATERAL (
    SELECT count(*) AS n, coalesce(sum(total), 0) AS total FROM billing_invoice WHERE batch_id = b.id) AS i
WHERE (b.issued_at IS NULL AND i.n > 0) OR (b.issued_at IS NOT NULL AND (i.n <> b.invoices OR i.total <> b.total))
UNION ALL
SELECT 'run ' || e.run_id, 'subscription ' || e.subscription_id || ' is both held and billed'
FROM billing_runexception e
JOIN billing_runbatch b ON b.run_id = e.run_id
JOIN billing_invoice i ON i.batch_id = b.id
JOIN billing_charge c ON c.invoice_id = i.id AND c.subscription_id = e.subscription_id
