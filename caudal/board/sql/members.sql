-- Purpose: the members of a board on a day: who has an account with a service then.
-- Parameters: on_day date; party_ids bigint[] or NULL for all.
-- Grain: a person, with the oldest of his accounts. Reads only.
SELECT DISTINCT ON (p.sort_key, p.id)
    p.id, a.id, a.number, trim(p.given_names || ' ' || p.surnames || p.legal_name)
FROM billing_account a
JOIN registry_party p ON p.id = a.holder_id
WHERE (%(party_ids)s::bigint[] IS NULL OR p.id = ANY (%(party_ids)s::bigint[]))
    AND EXISTS (
        SELECT FROM billing_subscription s
        WHERE s.account_id = a.id AND s.valid_from <= %(on_day)s
            AND (s.valid_to IS NULL OR s.valid_to > %(on_day)s))
ORDER BY p.sort_key, p.id, a.id
