-- Purpose: what was billed for a connection month by month, to say why a bill differs from another.
-- Parameters: connection_id; months, how far back from the latest.
-- Grain: a live charge of the connection, the latest month first; interest that payments produced and debts taken over
-- from another account are left out. Reads only.
WITH own AS (
    SELECT coalesce(p.month, date_trunc('month', i.covers_from)::date) AS month, c.*
    FROM billing_invoice i
    JOIN billing_charge c ON c.invoice_id = i.id AND c.live
    LEFT JOIN billing_period p ON p.id = c.period_id
    LEFT JOIN billing_subscription u ON u.id = c.subscription_id
    WHERE i.account_id IN (SELECT account_id FROM billing_subscription WHERE connection_id = %(connection_id)s)
        AND i.voided_on IS NULL
        AND i.origin <> 'interest' AND c.origin_kind <> 'assumed'
        AND (u.connection_id = %(connection_id)s OR (u.id IS NULL AND i.connection_id = %(connection_id)s))
)
SELECT own.month, v.kind = 'metered', v.name, v.unit, own.total, own.quantity, own.covers_from, own.covers_to,
    own.tariff_version_id, t.valid_from, coalesce(r.source = 'estimated', false)
FROM own
JOIN tariffs_service v ON v.id = own.service_id
LEFT JOIN tariffs_tariffversion t ON t.id = own.tariff_version_id
LEFT JOIN metering_reading r ON r.id = own.to_reading_id
WHERE own.month > (SELECT max(month) FROM own) - make_interval(months => %(months)s)
ORDER BY own.month DESC, v.position, own.id
