-- 16: accepted readings of an installation rise with time (rollovers are explicit), each points at the one before,
-- and its volume is what lies between.
SELECT 'reading ' || id, format('%s on %s after %s', register, read_on, before)
FROM (
    SELECT id, read_on, register, rollover, source, previous_id, volume,
           lag(register) OVER chain AS before, lag(id) OVER chain AS before_id, lag(source) OVER chain AS before_source
    FROM metering_reading WHERE state = 'accepted'
    WINDOW chain AS (PARTITION BY installation_id ORDER BY read_on, id)) AS r
WHERE previous_id IS DISTINCT FROM before_id
    OR (register < before AND NOT rollover AND before_source <> 'estimated')
    OR (NOT rollover AND volume <> register - before)
