-- Purpose: what the account of an invoice owed besides it when it was posted, so that a reprint says the same.
-- Parameters: invoice_ids bigint[].
-- Grain: (invoice, older charge with something left). «Older» is the order of the ledger: entries before the
-- invoice's own first debit, payments entered before it. Invoices of the same run came out together and do not
-- count, imported ones carry nothing. Reads only.
WITH own AS (
    SELECT i.id, i.account_id, b.run_id, min(e.id) AS first_entry, min(e.posted_at) AS posted_at
    FROM billing_invoice i
    JOIN billing_charge c ON c.invoice_id = i.id
    JOIN receivables_ledgerentry e ON e.charge_id = c.id AND e.reverses_id IS NULL
    LEFT JOIN billing_runbatch b ON b.id = i.batch_id
    WHERE i.id = ANY (%(invoice_ids)s::bigint[]) AND i.origin <> 'imported'
    GROUP BY i.id, b.run_id
), older AS MATERIALIZED (
    SELECT
        own.id AS own_id, own.run_id, own.first_entry, own.posted_at,
        c.id, c.invoice_id, c.service_id, c.subscription_id, c.total, c.position, c.origin_kind, c.origin_id
    FROM own
    JOIN receivables_ledgerentry e
        ON e.account_id = own.account_id AND e.id < own.first_entry AND e.kind = 'charge'
    JOIN billing_charge c ON c.id = e.charge_id
    WHERE NOT EXISTS (
        SELECT FROM receivables_ledgerentry z WHERE z.reverses_id = e.id AND z.id < own.first_entry)
), interest AS (
    SELECT own_id, origin_id, sum(total) AS charged FROM older WHERE origin_kind = 'interest' GROUP BY 1, 2
)
SELECT
    o.own_id,
    i.id,
    s.prefix || lpad(i.number::text, greatest(s.width, length(i.number::text)), '0'),
    i.due_date,
    i.connection_id,
    coalesce(o.subscription_id, origin.subscription_id),
    v.code,
    d.payable,
    h.held,
    coalesce(a.days, '{}'),
    coalesce(a.amounts, '{}'),
    (i.frozen ->> 'interest_from')::date,
    coalesce(t.charged, 0),
    o.origin_kind = 'interest'
FROM older o
LEFT JOIN LATERAL (
    SELECT array_agg(x.value_on) AS days, array_agg(x.amount) AS amounts, sum(x.amount) AS settled
    FROM receivables_allocation x
    JOIN LATERAL (  -- what an invoice is below zero came in with its own debits
        SELECT e.id FROM receivables_ledgerentry e WHERE e.payment_id = x.payment_id AND e.reverses_id IS NULL
        UNION ALL
        SELECT min(e.id)
        FROM receivables_invoicecredit k
        JOIN billing_charge y ON y.invoice_id = k.invoice_id
        JOIN receivables_ledgerentry e ON e.charge_id = y.id AND e.reverses_id IS NULL
        WHERE k.payment_id = x.payment_id
    ) p ON p.id < o.first_entry
    WHERE x.charge_id = o.id AND x.made_at < o.posted_at
) a ON true
CROSS JOIN LATERAL (  -- a discount of an invoice makes its last charges cost less
    SELECT o.total - greatest(0, least(
        o.total,
        coalesce(-sum(x.total) FILTER (WHERE x.total < 0), 0)
            - coalesce(sum(x.total) FILTER (WHERE x.total > 0 AND x.position > o.position), 0))) AS payable
    FROM billing_charge x WHERE x.invoice_id = o.invoice_id
) d
JOIN billing_invoice i ON i.id = o.invoice_id
JOIN billing_series s ON s.id = i.series_id
JOIN tariffs_service v ON v.id = o.service_id
JOIN billing_service_conditions h ON h.service_id = o.service_id AND i.conditions >= h.first AND i.conditions < h.upto
LEFT JOIN billing_runbatch b ON b.id = i.batch_id
LEFT JOIN billing_charge origin ON o.origin_kind = 'interest' AND origin.id = o.origin_id
LEFT JOIN interest t ON t.own_id = o.own_id AND t.origin_id = o.id
WHERE (o.run_id IS NULL OR b.run_id IS DISTINCT FROM o.run_id) AND d.payable > coalesce(a.settled, 0)
ORDER BY o.own_id, i.due_date, i.dated_on, i.number, o.id
