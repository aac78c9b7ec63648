-- Purpose: what to look at before rehearsing: one row of counts. Parameters: services (ids that bill), from_day and
-- until_day (the reading window, both inclusive), dated_on.
WITH due AS (
    SELECT s.id, s.account_id, s.connection_id, s.tariff_id, v.kind
    FROM billing_subscription s JOIN tariffs_service v ON v.id = s.service_id
    WHERE s.service_id = ANY (%(services)s::bigint[])
      AND s.valid_from <= %(dated_on)s AND (s.valid_to IS NULL OR s.valid_to > %(dated_on)s)
)
SELECT
    (SELECT count(DISTINCT d.connection_id) FROM due d WHERE d.kind = 'metered' AND NOT EXISTS (
        SELECT FROM metering_installation i JOIN metering_reading r ON r.installation_id = i.id
        WHERE i.connection_id = d.connection_id AND r.state = 'accepted' AND r.role <> 'first'
          AND r.read_on BETWEEN %(from_day)s AND %(until_day)s)),
    (SELECT count(*) FROM metering_reading WHERE state = 'pending'),
    (SELECT count(*) FROM due d WHERE NOT EXISTS (
        SELECT FROM tariffs_tariffversion t
        WHERE t.tariff_id = d.tariff_id AND t.published_at IS NOT NULL AND t.valid_from <= %(dated_on)s
          AND (t.valid_to IS NULL OR t.valid_to > %(dated_on)s))),
    (SELECT count(*) FROM metering_alert WHERE resolved_at IS NULL),
    (SELECT count(DISTINCT a.id) FROM due d JOIN billing_account a ON a.id = d.account_id
     JOIN registry_party p ON p.id = a.holder_id WHERE a.delivery = 'mail' AND p.email = '')
