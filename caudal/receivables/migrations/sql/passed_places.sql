-- The property with which each debt passed, found where it came from: of what was charged there, or of a debt that had
-- passed before.
ALTER TABLE receivables_assumeddebt DISABLE TRIGGER assumed_append_only;
WITH RECURSIVE came AS (
    SELECT d.payment_id, c.origin_kind, c.origin_id, c.subscription_id, c.invoice_id
    FROM receivables_assumeddebt d
    JOIN billing_charge c ON c.invoice_id = d.invoice_id
    UNION
    SELECT came.payment_id, c.origin_kind, c.origin_id, c.subscription_id, c.invoice_id
    FROM came
    JOIN billing_charge c ON c.id = came.origin_id
    WHERE came.origin_kind IN ('assumed', 'interest')
), place AS (
    SELECT came.payment_id, min(coalesce(u.property_id, o.property_id, n.property_id)) AS property_id
    FROM came
    JOIN billing_invoice i ON i.id = came.invoice_id
    LEFT JOIN billing_subscription u ON u.id = came.subscription_id
    LEFT JOIN billing_oneoff o ON came.origin_kind = 'one_off' AND o.id = came.origin_id
    LEFT JOIN metering_connection n ON n.id = coalesce(i.connection_id, u.connection_id)
    GROUP BY came.payment_id
)
UPDATE receivables_assumeddebt d SET property_id = place.property_id FROM place WHERE place.payment_id = d.payment_id;
ALTER TABLE receivables_assumeddebt ENABLE TRIGGER assumed_append_only;
