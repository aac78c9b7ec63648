-- Purpose: the party that a user is, first, and those it acts for on a day.
-- Parameters: user_id, on_day. Grain: a party. Reads only.
SELECT p.id, 0 AS place
FROM registry_party p
WHERE p.user_id = %(user_id)s
UNION ALL
SELECT r.represented_id, 1
FROM registry_party p
JOIN registry_representation r ON r.representative_id = p.id
WHERE p.user_id = %(user_id)s
    AND r.valid_from <= %(on_day)s::date AND (r.valid_to IS NULL OR r.valid_to > %(on_day)s::date)
ORDER BY place, id
