-- The highest connection number made of digits, 0 when there is none.
-- No parameters. Grain: one row.
SELECT coalesce(max(number::bigint), 0) FROM metering_connection WHERE number ~ '^[0-9]{1,9}$'
