-- Purpose: what an unread meter usually uses: what was measured at its connection in the twelve months before its last
-- reading. Measured is what lies between two readings that somebody took, also where estimates lie between them, and of
-- the meters before: the kernel's rule (`kernel/readings/estimate.py`), which says the volume.
-- Grain: one row per subscription with such a history, and no reading since the day: what lies before that one is known,
-- and an estimate beside it would be counted twice. Parameters: subscriptions, until (a day).
SELECT w.id, i.id, last.id, last.read_on, last.register, m.serial, m.unit, past.volume, past.days
FROM billing_subscription w
JOIN metering_installation i ON i.connection_id = w.connection_id AND i.removed_on IS NULL
JOIN metering_meter m ON m.id = i.meter_id
CROSS JOIN LATERAL (
    SELECT r.id, r.read_on, r.register FROM metering_reading r
    WHERE r.installation_id = i.id AND r.state = 'accepted'
    ORDER BY r.read_on DESC, r.id DESC LIMIT 1) last
CROSS JOIN LATERAL (
    SELECT coalesce(
               max(r.read_on) FILTER (WHERE r.read_on <= last.read_on - interval '12 months'),
               min(r.read_on)) AS since,
           max(r.read_on) AS upto
    FROM metering_installation j JOIN metering_reading r ON r.installation_id = j.id
    WHERE j.connection_id = w.connection_id AND r.state = 'accepted' AND r.source <> 'estimated') taken
CROSS JOIN LATERAL (
    SELECT sum(r.volume) AS volume, sum(r.read_on - p.read_on) AS days
    FROM metering_installation j
    JOIN metering_reading r ON r.installation_id = j.id
    JOIN metering_reading p ON p.id = r.previous_id
    WHERE j.connection_id = w.connection_id AND r.state = 'accepted'
      AND r.read_on > taken.since AND r.read_on <= taken.upto) past
WHERE w.id = ANY (%(subscriptions)s::bigint[]) AND past.days > 0 AND last.read_on <= %(until)s
