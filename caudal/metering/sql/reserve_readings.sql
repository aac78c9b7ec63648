-- Ids for readings that will be copied, known before so that a chain can point within one batch.
-- Parameters: count. Grain: one row per id.
SELECT nextval('metering_reading_id_seq') FROM generate_series(1, %(count)s)
