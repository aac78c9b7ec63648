-- Ids of properties found by the beginning of their cadastral code, by the words of code and address, or by an owner.
-- Parameters: code (LIKE pattern), words (tsquery text, '' for none), patterns (text[], each must match),
-- owners (bigint[], ids of parties), limit. Grain: one row per property. Reads only.
(SELECT id FROM registry_property WHERE cadastral_code LIKE %(code)s LIMIT %(limit)s)
UNION
(SELECT id FROM registry_property
 WHERE %(words)s <> '' AND to_tsvector('simple', search_text) @@ to_tsquery('simple', %(words)s)
   AND ' ' || search_text LIKE ALL (%(patterns)s::text[])
 LIMIT %(limit)s)
UNION
(SELECT property_id FROM registry_ownership WHERE party_id = ANY (%(owners)s::bigint[]) LIMIT %(limit)s)
