-- Ids of parties that have all the words, in order of name.
-- Parameters: words (tsquery text), patterns (text[], each must match), limit. Grain: one row per party. Reads only.
-- LIMIT (SELECT …): told how few are wanted, the planner reads the whole table in the hope of meeting them early.
-- The inner limit bounds the work when thousands match; within it the order is by name.
SELECT id FROM (
    SELECT id, sort_key FROM registry_party
    WHERE to_tsvector('simple', search_text) @@ to_tsquery('simple', %(words)s)
      AND ' ' || search_text LIKE ALL (%(patterns)s::text[])
    LIMIT (SELECT 200)
) found ORDER BY sort_key, id LIMIT %(limit)s
