-- Ids of licences found by the beginning of their number, by the words of number and activity, or by their holder.
-- Parameters: number (LIKE pattern), words (tsquery text, '' for none), patterns (text[], each must match),
-- holders (bigint[], ids of parties), sectors (bigint[], those to look in; empty for all), limit.
-- Grain: one row per licence. Reads only.
-- LIMIT (SELECT …): told how few are wanted, the planner reads the whole table in the hope of meeting them early.
(SELECT l.id FROM registry_licence l LEFT JOIN registry_property p ON p.id = l.property_id
 WHERE l.number LIKE %(number)s AND (cardinality(%(sectors)s::bigint[]) = 0 OR p.sector_id = ANY (%(sectors)s::bigint[]))
 LIMIT %(limit)s)
UNION
(SELECT l.id FROM registry_licence l LEFT JOIN registry_property p ON p.id = l.property_id
 WHERE %(words)s <> '' AND to_tsvector('simple', l.search_text) @@ to_tsquery('simple', %(words)s)
   AND ' ' || l.search_text LIKE ALL (%(patterns)s::text[])
   AND (cardinality(%(sectors)s::bigint[]) = 0 OR p.sector_id = ANY (%(sectors)s::bigint[]))
 LIMIT (SELECT %(limit)s))
UNION
(SELECT l.id FROM registry_licence l LEFT JOIN registry_property p ON p.id = l.property_id
 WHERE l.party_id = ANY (%(holders)s::bigint[]) AND (cardinality(%(sectors)s::bigint[]) = 0 OR p.sector_id = ANY (%(sectors)s::bigint[]))
 LIMIT %(limit)s)
