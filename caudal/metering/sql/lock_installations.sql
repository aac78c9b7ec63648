-- Hold installations while their chains are written, in order of id so that two writers never wait for each other.
-- Parameters: installations (bigint[]). Grain: one row per installation. Safe to repeat.
SELECT id FROM metering_installation WHERE id = ANY (%(installations)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
