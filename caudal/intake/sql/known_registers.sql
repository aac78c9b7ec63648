-- Accepted registers of standing meters between two days, both included.
-- Parameters: keys text[] (serial keys); since, until (dates). Grain: one row per reading. Reads only.
SELECT m.serial_key, r.read_on, r.register
FROM metering_meter m
JOIN metering_installation i ON i.meter_id = m.id AND i.removed_on IS NULL
JOIN metering_reading r ON r.installation_id = i.id AND r.state = 'accepted'
WHERE m.serial_key = ANY (%(keys)s::text[]) AND r.read_on BETWEEN %(since)s AND %(until)s
