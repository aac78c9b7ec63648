-- 25: what documents say of the organisation and of services is kept as it changes: the newest state of each is what it
-- is now, and no document was issued under conditions that are not there. Grain: one row per breach.
WITH now AS (
    SELECT 'organisation' AS subject, NULL::bigint AS service_id, to_jsonb(o) AS row FROM registry_organisation o
    UNION ALL
    SELECT 'service ' || s.code, s.id, to_jsonb(s) FROM tariffs_service s
)
SELECT now.subject, 'what documents say of it is not what it is' FROM now
LEFT JOIN LATERAL (
    SELECT c.said, c.held FROM billing_conditions c WHERE c.service_id IS NOT DISTINCT FROM now.service_id
    ORDER BY c.id DESC LIMIT 1) newest ON true
WHERE newest.said IS NULL
   OR newest.said <> (SELECT jsonb_object_agg(key, value) FROM jsonb_each(now.row) WHERE newest.said ? key)
   OR newest.held <> coalesce(newest.said -> 'late_policies', '[]')
UNION ALL
SELECT 'invoice ' || id, 'issued under conditions ' || conditions || ', which there are not'
FROM billing_invoice WHERE conditions > billing_conditions_now()
UNION ALL
SELECT 'payment ' || id, 'receipted under conditions ' || conditions || ', which there are not'
FROM receivables_payment WHERE conditions > billing_conditions_now()
