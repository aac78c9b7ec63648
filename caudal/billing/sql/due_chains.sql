-- Purpose: the consumption of each metered subscription: from the last billed reading to the last accepted one.
-- The volumes stored by the readings in between add up across estimates, rollovers and changes of meter.
-- Grain: one row per metered subscription that has a reading at all. Parameters: first, last (account ids,
-- inclusive), services (metered ones), until (last day of the reading window). What is read after a service ended with
-- its account is the next account's.
SELECT w.id,
       cur.id, cur.read_on, cur.register, cur.source, cur.serial, cur.unit,
       base.id, base.read_on, base.register, base.installation_id = cur.installation_id,
       coalesce(billed.source = 'estimated', false),
       used.volume,
       billed.quantity,
       handed.since
FROM billing_subscription w
CROSS JOIN LATERAL (
    SELECT r.id, r.read_on, r.register, r.source, r.installation_id, m.serial, m.unit
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    JOIN metering_meter m ON m.id = i.meter_id
    WHERE i.connection_id = w.connection_id AND r.state = 'accepted' AND r.read_on <= least(%(until)s, w.valid_to)
    ORDER BY r.read_on DESC, r.id DESC LIMIT 1) cur
LEFT JOIN LATERAL (
    SELECT r.id, r.read_on, r.register, r.installation_id, r.source, c.quantity
    FROM billing_charge c JOIN metering_reading r ON r.id = c.to_reading_id
    WHERE c.subscription_id = w.id AND c.live AND c.to_reading_id IS NOT NULL
    ORDER BY c.covers_to DESC LIMIT 1) billed ON true
LEFT JOIN LATERAL (
    -- Never billed here: what was read up to the day on which the service began belongs to whoever had it before, or to
    -- the system before (`billed_until`); where nothing was read by then, the first reading.
    SELECT r.id, r.read_on, r.register, r.installation_id
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    WHERE i.connection_id = w.connection_id AND r.state = 'accepted'
    ORDER BY (r.read_on <= coalesce(w.billed_until, w.valid_from)) DESC,
             CASE WHEN r.read_on <= coalesce(w.billed_until, w.valid_from) THEN r.read_on END DESC, r.read_on, r.id
    LIMIT 1) opening ON billed.id IS NULL
CROSS JOIN LATERAL (
    SELECT coalesce(billed.id, opening.id) AS id, coalesce(billed.read_on, opening.read_on) AS read_on,
           coalesce(billed.register, opening.register) AS register,
           coalesce(billed.installation_id, opening.installation_id) AS installation_id) base
CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.volume), 0) AS volume
    FROM metering_installation i
    JOIN metering_reading r ON r.installation_id = i.id
    WHERE i.connection_id = w.connection_id AND r.state = 'accepted'
      AND r.read_on > base.read_on AND r.read_on <= cur.read_on) used
LEFT JOIN LATERAL (
    -- Whoever had the service here until this account took it over: since when his last bill, or his last to come, is.
    SELECT coalesce(
        (SELECT max(c.covers_to) FROM billing_charge c
         WHERE c.subscription_id = p.id AND c.live AND c.to_reading_id IS NOT NULL AND c.covers_to < w.valid_from),
        greatest(coalesce(p.billed_until, p.valid_from), (
            SELECT min(r.read_on) FROM metering_installation i JOIN metering_reading r ON r.installation_id = i.id
            WHERE i.connection_id = w.connection_id AND r.state = 'accepted'))) AS since
    FROM billing_subscription p
    WHERE (billed.id IS NULL OR billed.source = 'estimated') AND p.connection_id = w.connection_id
      AND p.service_id = w.service_id AND p.valid_to = w.valid_from AND p.id <> w.id
      AND p.cancelled_on IS NULL
    LIMIT 1) handed ON true
WHERE w.account_id BETWEEN %(first)s AND %(last)s
  AND w.service_id = ANY (%(services)s::bigint[])
  AND w.connection_id IS NOT NULL
