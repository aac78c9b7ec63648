-- Purpose: every charge that stood on a day, with what was left of it then and all that its interest depends on.
-- Parameters: account_ids bigint[]; on_day date.
-- Grain: a live charge that counts on the day. Reads only.
-- Value dates decide: an invoice counts from the earlier of its nominal date and its issue, interest from the day that
-- it was charged up to, a payment from its value date; what was voided or reversed since never was.
WITH charge AS (
    SELECT
        c.*,
        i.account_id, i.number, i.dated_on, i.issued_on, i.due_date, i.conditions, i.series_id, i.connection_id,
        coalesce(d.month, date_trunc('month', i.covers_from)::date) AS month,
        i.frozen ->> 'interest_from' AS interest_from,
        c.total - greatest(0, least(
            c.total,
            sum(greatest(-c.total, 0)) OVER (PARTITION BY c.invoice_id)
                - coalesce(sum(greatest(c.total, 0)) OVER (
                    PARTITION BY c.invoice_id ORDER BY c.position DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS payable,
        least(i.dated_on, i.issued_on, CASE WHEN c.origin_kind = 'interest' THEN c.covers_to - 1 END) AS counts_on
    FROM billing_invoice i
    JOIN billing_charge c ON c.invoice_id = i.id AND c.live
    LEFT JOIN billing_period d ON d.id = c.period_id
    WHERE i.account_id = ANY (%(account_ids)s::bigint[]) AND i.voided_on IS NULL
)
SELECT
    c.id,
    c.account_id,
    c.invoice_id,
    s.prefix || lpad(c.number::text, greatest(s.width, length(c.number::text)), '0') AS invoice_number,
    c.number,
    c.dated_on,
    c.issued_on,
    c.due_date,
    c.month,
    v.code,
    v.name,
    c.label,
    c.service_id,
    c.subscription_id,
    coalesce(c.connection_id, u.connection_id) AS connection_id,
    n.number AS connection_number,
    h.id AS property_id,
    h.cadastral_code AS property_code,
    h.address AS property_address,
    n.address AS connection_address,
    CASE WHEN c.origin_kind = 'interest' THEN c.origin_id END AS origin_id,
    c.payable,
    c.payable - a.settled AS balance,
    a.settled_on,
    k.held,
    a.days,
    a.amounts,
    c.interest_from::date,
    t.charged,
    u.licence_id
FROM charge c
JOIN billing_series s ON s.id = c.series_id
JOIN tariffs_service v ON v.id = c.service_id
JOIN billing_service_conditions k ON k.service_id = c.service_id AND c.conditions >= k.first AND c.conditions < k.upto
LEFT JOIN billing_subscription u ON u.id = c.subscription_id
LEFT JOIN metering_connection n ON n.id = coalesce(c.connection_id, u.connection_id)
LEFT JOIN registry_property h ON h.id = coalesce(
    u.property_id,
    CASE WHEN c.subscription_id IS NULL THEN receivables_place(c.origin_kind, c.origin_id, c.invoice_id) END,
    n.property_id)
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(amount) FILTER (WHERE value_on <= %(on_day)s), 0) AS settled,
        max(value_on) FILTER (WHERE value_on <= %(on_day)s) AS settled_on,
        coalesce(array_agg(value_on) FILTER (WHERE value_on <= %(on_day)s), '{}') AS days,
        coalesce(array_agg(amount) FILTER (WHERE value_on <= %(on_day)s), '{}') AS amounts
    FROM receivables_allocation WHERE charge_id = c.id
) a
CROSS JOIN LATERAL (
    SELECT coalesce(sum(x.total), 0) AS charged FROM billing_charge x
    WHERE x.origin_kind = 'interest' AND x.origin_id = c.id AND x.live AND x.covers_to - 1 <= %(on_day)s
) t
WHERE c.payable > 0 AND c.counts_on <= %(on_day)s
ORDER BY c.account_id, c.due_date, c.dated_on, c.number, c.id
