-- Purpose: what was billed provisionally, on estimated readings, since the last billed real reading; or since the one that
-- the service began with, estimated or not: what lies before it is another's.
-- Grain: one row per subscription. Parameter: subscriptions (ids whose last billed reading is an estimate).
SELECT s.id, real.id, real.read_on, real.register, guessed.net, guessed.ends, used.volume
FROM unnest(%(subscriptions)s::bigint[]) AS s (id)
JOIN billing_subscription w ON w.id = s.id
CROSS JOIN LATERAL (
    SELECT r.id, r.read_on, r.register
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    WHERE i.connection_id = w.connection_id AND r.state = 'accepted'
      AND (r.source <> 'estimated' OR r.read_on <= coalesce(w.billed_until, w.valid_from))
      AND r.read_on <= (
          SELECT min(c.covers_from) FROM billing_charge c JOIN metering_reading e ON e.id = c.to_reading_id
          WHERE c.subscription_id = s.id AND c.live AND e.source = 'estimated' AND NOT EXISTS (
              SELECT FROM billing_charge later JOIN metering_reading f ON f.id = later.to_reading_id
              WHERE later.subscription_id = s.id AND later.live AND f.source <> 'estimated'
                AND later.covers_to > c.covers_to))
    ORDER BY r.read_on DESC, r.id DESC LIMIT 1) real
CROSS JOIN LATERAL (
    SELECT sum(c.net) AS net, array_agg(c.covers_to ORDER BY c.covers_to) AS ends, max(c.covers_to) AS until
    FROM billing_charge c
    WHERE c.subscription_id = s.id AND c.live AND c.to_reading_id IS NOT NULL AND c.covers_to > real.read_on) guessed
CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.volume), 0) AS volume
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    WHERE i.connection_id = w.connection_id AND r.state = 'accepted'
      AND r.read_on > real.read_on AND r.read_on <= guessed.until) used
