-- The reading panel: standing meters with their last accepted register, what waits for review, and their state.
-- Parameters: from, to (the window, half-open), sector, route (ids or null), state ('' for all), all (boolean: any
-- connection), connections (bigint[], when not all), after_number, after_id (connection number and installation
-- that the page before ended with), upto (a connection's number, or null), limit.
-- Grain: one row per installation, by connection number. Reads only.
SELECT i.id, c.id, c.number, c.address, m.serial, m.unit, coalesce(z.name, ''),
       last.read_on, last.register, last.volume,
       waits.id, waits.read_on, waits.register, s.state
FROM metering_connection c
JOIN metering_installation i ON i.connection_id = c.id AND i.removed_on IS NULL
JOIN metering_meter m ON m.id = i.meter_id
LEFT JOIN registry_sector z ON z.id = c.sector_id
LEFT JOIN LATERAL (
    SELECT r.read_on, r.register, r.volume FROM metering_reading r
    WHERE r.installation_id = i.id AND r.state = 'accepted' ORDER BY r.read_on DESC, r.id DESC LIMIT 1
) last ON true
LEFT JOIN LATERAL (
    SELECT r.id, r.read_on, r.register FROM metering_reading r
    WHERE r.installation_id = i.id AND r.state = 'pending' ORDER BY r.read_on DESC, r.id DESC LIMIT 1
) waits ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN waits.id IS NOT NULL THEN 'pending'
                WHEN last.read_on >= %(from)s::date AND last.read_on < %(to)s::date THEN 'read'
                ELSE 'missing' END AS state
) s
WHERE c.active AND c.number >= %(after_number)s AND (c.number, i.id) > (%(after_number)s, %(after_id)s)
  AND (%(upto)s::text IS NULL OR c.number <= %(upto)s)
  AND (%(all)s OR c.id = ANY (%(connections)s::bigint[]))
  AND (%(sector)s::bigint IS NULL OR c.sector_id = %(sector)s)
  AND (%(route)s::bigint IS NULL OR c.route_id = %(route)s)
  AND (%(state)s = '' OR s.state = %(state)s)
ORDER BY c.number, i.id LIMIT %(limit)s
