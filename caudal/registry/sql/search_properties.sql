-- Ids of properties that have all the words.
-- Parameters: words (tsquery text), patterns (text[], each must match), limit. Grain: one row per property. Reads only.
SELECT id FROM registry_property
WHERE to_tsvector('simple', search_text) @@ to_tsquery('simple', %(words)s)
  AND ' ' || search_text LIKE ALL (%(patterns)s::text[])
LIMIT %(limit)s
