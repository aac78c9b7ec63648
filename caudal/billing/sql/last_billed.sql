-- Purpose: the readings that a one-off invoice of a metered subscription would span: last billed, last accepted.
-- Grain: at most one row. Parameters: subscription, until (a day).
SELECT base.id, base.read_on, base.register, cur.id, cur.read_on, cur.register, cur.source, cur.serial, cur.unit,
       (SELECT coalesce(sum(r.volume), 0)
        FROM metering_installation i JOIN metering_reading r ON r.installation_id = i.id
        WHERE i.connection_id = s.connection_id AND r.state = 'accepted'
          AND r.read_on > base.read_on AND r.read_on <= cur.read_on)
FROM billing_subscription s
CROSS JOIN LATERAL (
    SELECT r.id, r.read_on, r.register, r.source, m.serial, m.unit
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    JOIN metering_meter m ON m.id = i.meter_id
    WHERE i.connection_id = s.connection_id AND r.state = 'accepted' AND r.read_on <= %(until)s
    ORDER BY r.read_on DESC, r.id DESC LIMIT 1) cur
CROSS JOIN LATERAL (
    SELECT r.id, r.read_on, r.register
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    LEFT JOIN LATERAL (
        SELECT max(c.covers_to) AS until FROM billing_charge c
        WHERE c.subscription_id = s.id AND c.live AND c.to_reading_id IS NOT NULL) done ON true
    WHERE i.connection_id = s.connection_id AND r.state = 'accepted'
    ORDER BY (r.read_on <= coalesce(greatest(done.until, s.billed_until), s.valid_from)) DESC,
             CASE WHEN r.read_on <= coalesce(greatest(done.until, s.billed_until), s.valid_from) THEN r.read_on END DESC,
             r.read_on, r.id
    LIMIT 1) base
WHERE s.id = %(subscription)s
