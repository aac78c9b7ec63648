-- Purpose: the consumption billed to a connection month by month, up to and with an invoice: its chart.
-- Parameters: invoice_ids bigint[].
-- Grain: (invoice, month), the last thirteen months. Invoices void before it was issued do not count; those
-- issued later are not known to it. Reads only.
SELECT own.id, p.month, sum(c.quantity), bool_or(coalesce(r.source = 'estimated', false))
FROM billing_invoice own
JOIN billing_subscription u ON u.connection_id = own.connection_id
JOIN tariffs_service v ON v.id = u.service_id AND v.kind = 'metered'
JOIN billing_charge c ON c.subscription_id = u.id AND c.quantity IS NOT NULL AND c.to_reading_id IS NOT NULL
JOIN billing_period p ON p.id = c.period_id
JOIN billing_invoice i ON i.id = c.invoice_id
    AND i.issued_at <= own.issued_at
    AND (i.voided_on IS NULL OR i.voided_on > own.issued_on OR i.id = own.id)
LEFT JOIN metering_reading r ON r.id = c.to_reading_id
WHERE own.id = ANY (%(invoice_ids)s::bigint[])
    AND p.month > (
        SELECT max(q.month) - interval '13 months' FROM billing_charge x JOIN billing_period q ON q.id = x.period_id
        WHERE x.invoice_id = own.id)
    AND v.id = (
        SELECT f.service_id FROM billing_charge f
        WHERE f.invoice_id = own.id AND f.to_reading_id IS NOT NULL
        ORDER BY f.position LIMIT 1)
GROUP BY own.id, p.month
ORDER BY own.id, p.month
