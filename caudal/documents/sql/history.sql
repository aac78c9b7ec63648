-- Purpose: the consumption billed to a connection month by month, up to and with an invoice: its chart.
-- Parameters: invoice_ids bigint[].
-- Grain: (invoice, month), the last thirteen months of the account's own bills. Those void before it was issued
-- do not count; those issued later are not known to it. Reads only.
WITH own AS (
    SELECT i.id, i.account_id, i.connection_id, i.dated_on, i.issued_on, i.issued_at, f.service_id, p.month
    FROM billing_invoice i
    CROSS JOIN LATERAL (
        SELECT c.service_id, c.period_id FROM billing_charge c
        WHERE c.invoice_id = i.id AND c.to_reading_id IS NOT NULL AND c.period_id IS NOT NULL
        ORDER BY c.position LIMIT 1) f
    JOIN billing_period p ON p.id = f.period_id
    WHERE i.id = ANY (%(invoice_ids)s::bigint[]) AND i.connection_id IS NOT NULL
)
SELECT own.id, p.month, sum(c.quantity), bool_or(coalesce(r.source = 'estimated', false))
FROM own
JOIN billing_invoice i
    ON i.account_id = own.account_id AND i.connection_id = own.connection_id
    AND i.dated_on <= own.dated_on AND i.dated_on > own.dated_on - interval '15 months'
    AND i.issued_at <= own.issued_at
    AND (i.voided_on IS NULL OR i.voided_on > own.issued_on OR i.id = own.id)
JOIN billing_charge c
    ON c.invoice_id = i.id AND c.service_id = own.service_id
    AND c.to_reading_id IS NOT NULL AND c.quantity IS NOT NULL
JOIN billing_period p ON p.id = c.period_id AND p.month <= own.month AND p.month > own.month - interval '13 months'
LEFT JOIN metering_reading r ON r.id = c.to_reading_id
GROUP BY own.id, p.month
ORDER BY own.id, p.month
