-- Ids of connections found by number, by the serial of a meter that stands or stood there, or by the words of the address.
-- Parameters: number (LIKE pattern), serial (LIKE pattern on the serial's key), words (tsquery text, '' for none),
-- patterns (text[], each must match), sectors (bigint[], those to look in; empty for all), limit. Grain: one row per connection. Reads only.
-- LIMIT (SELECT …): told how few are wanted, the planner reads the whole table in the hope of meeting them early.
SELECT id FROM (
    SELECT id, min(rank) AS rank, min(number) AS number FROM (
        (SELECT id, number, 1 AS rank FROM metering_connection
         WHERE number LIKE %(number)s
           AND (cardinality(%(sectors)s::bigint[]) = 0 OR sector_id = ANY (%(sectors)s::bigint[]))
         ORDER BY number LIMIT %(limit)s)
        UNION ALL
        (SELECT c.id, c.number, 2 FROM metering_meter m
         JOIN metering_installation i ON i.meter_id = m.id
         JOIN metering_connection c ON c.id = i.connection_id
         WHERE m.serial_key LIKE %(serial)s
           AND (cardinality(%(sectors)s::bigint[]) = 0 OR c.sector_id = ANY (%(sectors)s::bigint[]))
         LIMIT %(limit)s)
        UNION ALL
        (SELECT id, number, 3 FROM metering_connection
         WHERE %(words)s <> '' AND to_tsvector('simple', search_text) @@ to_tsquery('simple', %(words)s)
           AND ' ' || search_text LIKE ALL (%(patterns)s::text[])
           AND (cardinality(%(sectors)s::bigint[]) = 0 OR sector_id = ANY (%(sectors)s::bigint[]))
         LIMIT (SELECT %(limit)s))
    ) hits GROUP BY id
) found ORDER BY rank, number, id LIMIT %(limit)s
