-- 21: on no day do the shares of a property exceed the whole or does a party own two of them; a company has at most
-- one representative at a time, who is a person.
SELECT 'property ' || a.property_id, format('%s owned from %s', sum(o.share), a.valid_from)
FROM registry_ownership a
JOIN registry_ownership o ON o.property_id = a.property_id
    AND o.valid_from <= a.valid_from AND (o.valid_to IS NULL OR o.valid_to > a.valid_from)
GROUP BY a.id
HAVING sum(o.share) > 1 OR count(*) > count(DISTINCT o.party_id)
UNION ALL
SELECT 'party ' || a.represented_id, format('represented twice from %s', a.valid_from)
FROM registry_representation a
JOIN registry_representation o ON o.represented_id = a.represented_id AND o.id <> a.id
    AND o.valid_from <= a.valid_from AND (o.valid_to IS NULL OR o.valid_to > a.valid_from)
UNION ALL
SELECT 'party ' || r.represented_id, format('%s represented by %s', owned.kind, acting.kind)
FROM registry_representation r
JOIN registry_party owned ON owned.id = r.represented_id
JOIN registry_party acting ON acting.id = r.representative_id
WHERE owned.kind <> 'juridical' OR acting.kind <> 'natural'
