-- Registers of standing meters between two days, both included, whatever was decided about them; as first read too,
-- where somebody corrected them.
-- Parameters: keys text[] (serial keys); since, until (dates). Grain: one row per reading and register. Reads only.
SELECT m.serial_key, r.read_on, r.register, r.state = 'accepted', r.corrected_from
FROM metering_meter m
JOIN metering_installation i ON i.meter_id = m.id AND i.removed_on IS NULL
JOIN metering_reading r ON r.installation_id = i.id
WHERE m.serial_key = ANY (%(keys)s::text[]) AND r.read_on BETWEEN %(since)s AND %(until)s
