-- Ids of properties found by the beginning of their cadastral code, by the words of code and address, or by an owner.
-- Parameters: code (LIKE pattern), words (tsquery text, '' for none), patterns (text[], each must match),
-- owners (bigint[], ids of parties), sectors (bigint[], those to look in; empty for all), limit.
-- Grain: one row per property. Reads only.
-- LIMIT (SELECT …): told how few are wanted, the planner reads the whole table in the hope of meeting them early.
(SELECT id FROM registry_property
 WHERE cadastral_code LIKE %(code)s
   AND (cardinality(%(sectors)s::bigint[]) = 0 OR sector_id = ANY (%(sectors)s::bigint[]))
 LIMIT %(limit)s)
UNION
(SELECT id FROM registry_property
 WHERE %(words)s <> '' AND to_tsvector('simple', search_text) @@ to_tsquery('simple', %(words)s)
   AND ' ' || search_text LIKE ALL (%(patterns)s::text[])
   AND (cardinality(%(sectors)s::bigint[]) = 0 OR sector_id = ANY (%(sectors)s::bigint[]))
 LIMIT (SELECT %(limit)s))
UNION
(SELECT o.property_id FROM registry_ownership o JOIN registry_property p ON p.id = o.property_id
 WHERE o.party_id = ANY (%(owners)s::bigint[])
   AND (cardinality(%(sectors)s::bigint[]) = 0 OR p.sector_id = ANY (%(sectors)s::bigint[]))
 LIMIT %(limit)s)
