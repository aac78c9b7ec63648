-- Purpose: the counters of imported series stand at their highest number.
-- Parameters: import_id. Grain: a series that the import wrote to. Idempotent.
UPDATE billing_series s SET last_number = n.highest, first_number = least(n.lowest, s.first_number)
FROM (
    SELECT series_id, max(number) AS highest, min(number) AS lowest FROM billing_invoice
    WHERE import_id = %(import_id)s GROUP BY series_id) n
WHERE s.id = n.series_id AND s.kind = 'imported' AND n.highest > s.last_number
