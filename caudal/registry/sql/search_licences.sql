-- Ids of licences found by the beginning of their number, by the words of number and activity, or by their holder.
-- Parameters: number (LIKE pattern), words (tsquery text, '' for none), patterns (text[], each must match),
-- holders (bigint[], ids of parties), limit. Grain: one row per licence. Reads only.
(SELECT id FROM registry_licence WHERE number LIKE %(number)s LIMIT %(limit)s)
UNION
(SELECT id FROM registry_licence
 WHERE %(words)s <> '' AND to_tsvector('simple', search_text) @@ to_tsquery('simple', %(words)s)
   AND ' ' || search_text LIKE ALL (%(patterns)s::text[])
 LIMIT %(limit)s)
UNION
(SELECT id FROM registry_licence WHERE party_id = ANY (%(holders)s::bigint[]) LIMIT %(limit)s)
