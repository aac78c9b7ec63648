-- The day up to which each connection is billed: the cut-over day, or the last reading that a live charge ends with.
-- Parameters: connections bigint[]. Grain: one row per connection with such a day. Reads only.
SELECT s.connection_id, max(greatest(s.billed_until, c.until)) AS until
FROM billing_subscription s
LEFT JOIN LATERAL (
    SELECT max(covers_to) AS until FROM billing_charge
    WHERE subscription_id = s.id AND live AND to_reading_id IS NOT NULL) c ON true
WHERE s.connection_id = ANY (%(connections)s::bigint[])
GROUP BY s.connection_id HAVING max(greatest(s.billed_until, c.until)) IS NOT NULL
