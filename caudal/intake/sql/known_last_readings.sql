-- The last accepted reading of each standing meter.
-- Parameters: keys text[] (serial keys). Grain: one row per meter that was ever read. Reads only.
SELECT m.serial_key, last.read_on, last.register
FROM metering_meter m
JOIN metering_installation i ON i.meter_id = m.id AND i.removed_on IS NULL
CROSS JOIN LATERAL (
    SELECT read_on, register FROM metering_reading
    WHERE installation_id = i.id AND state = 'accepted' ORDER BY read_on DESC, id DESC LIMIT 1) last
WHERE m.serial_key = ANY (%(keys)s::text[])
