-- What the reading checks know of each installation: its meter, its connection's limit and the latest accepted readings,
-- those of the meters that stood there before it included.
-- Parameters: installations (bigint[]), latest (how many readings). Grain: one row per installation and reading, oldest
-- first; one row without a reading for an installation that has none. Reads only.
SELECT i.id, i.connection_id, i.installed_on, i.removed_on, m.digits, c.limit_m3,
       h.digits, h.id, h.installation_id, h.read_on, h.register, h.estimated, h.rollover
FROM metering_installation i
JOIN metering_meter m ON m.id = i.meter_id
JOIN metering_connection c ON c.id = i.connection_id
LEFT JOIN LATERAL (
    SELECT d.digits, r.id, r.installation_id, r.read_on, r.register, r.source = 'estimated' AS estimated, r.rollover
    FROM metering_installation j
    JOIN metering_meter d ON d.id = j.meter_id
    JOIN metering_reading r ON r.installation_id = j.id AND r.state = 'accepted'
    WHERE j.connection_id = i.connection_id AND (j.id = i.id OR j.removed_on <= i.installed_on)
    ORDER BY r.read_on DESC, r.id DESC LIMIT %(latest)s
) h ON true
WHERE i.id = ANY (%(installations)s::bigint[])
ORDER BY i.id, h.read_on, h.id
