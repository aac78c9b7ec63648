-- The last accepted reading of each installation: what the next one is chained to.
-- Parameters: installations (bigint[]). Grain: one row per installation that was ever read. Reads only.
SELECT i.id, r.id, r.register
FROM unnest(%(installations)s::bigint[]) AS i (id)
CROSS JOIN LATERAL (
    SELECT id, register FROM metering_reading
    WHERE installation_id = i.id AND state = 'accepted' ORDER BY read_on DESC, id DESC LIMIT 1) r
