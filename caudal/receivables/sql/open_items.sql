-- Purpose: what is left to pay, one row per charge.
-- Parameters: account_ids bigint[].
-- Grain: a live charge with a balance. Reads only.
-- A discount of an invoice (a charge below zero) makes its last charges cost less.
WITH charge AS (
    SELECT
        c.*,
        c.total - greatest(0, least(
            c.total,
            sum(greatest(-c.total, 0)) OVER (PARTITION BY c.invoice_id)
                - coalesce(sum(greatest(c.total, 0)) OVER (
                    PARTITION BY c.invoice_id ORDER BY c.position DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS payable
    FROM receivables_openinvoice o
    JOIN billing_charge c ON c.invoice_id = o.invoice_id AND c.live
    WHERE o.account_id = ANY (%(account_ids)s::bigint[])
)
SELECT
    c.id,
    i.account_id,
    i.id AS invoice_id,
    s.prefix || lpad(i.number::text, greatest(s.width, length(i.number::text)), '0') AS invoice_number,
    i.number,
    i.dated_on,
    i.issued_on,
    i.due_date,
    coalesce(d.month, date_trunc('month', i.covers_from)::date),
    v.code,
    v.name,
    c.label,
    c.service_id,
    c.subscription_id,
    coalesce(i.connection_id, u.connection_id) AS connection_id,
    n.number AS connection_number,
    h.id AS property_id,
    h.cadastral_code AS property_code,
    h.address AS property_address,
    n.address AS connection_address,
    CASE WHEN c.origin_kind = 'interest' THEN c.origin_id END AS origin_id,
    c.payable,
    c.payable - coalesce(a.settled, 0) AS balance
FROM charge c
JOIN billing_invoice i ON i.id = c.invoice_id
JOIN billing_series s ON s.id = i.series_id
JOIN tariffs_service v ON v.id = c.service_id
LEFT JOIN billing_period d ON d.id = c.period_id
LEFT JOIN billing_subscription u ON u.id = c.subscription_id
LEFT JOIN metering_connection n ON n.id = coalesce(i.connection_id, u.connection_id)
LEFT JOIN registry_property h ON h.id = coalesce(
    u.property_id,
    CASE WHEN c.subscription_id IS NULL THEN receivables_place(c.origin_kind, c.origin_id, c.invoice_id) END,
    n.property_id)
LEFT JOIN LATERAL (
    SELECT sum(amount) AS settled FROM receivables_allocation WHERE charge_id = c.id
) a ON true
WHERE c.payable > coalesce(a.settled, 0)
ORDER BY i.account_id, i.due_date, i.dated_on, i.number, c.id
