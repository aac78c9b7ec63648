-- A record for each transaction that changed rows and left none itself. `label` is its actor; without one it is the
-- role of the database, for somebody who wrote by hand.
WITH base AS (
    SELECT s.rows_to FROM common_auditseal s
    WHERE NOT %(everything)s AND s.at < now() - interval '1 day' ORDER BY s.id DESC LIMIT 1
), recent AS (
    SELECT s.rows::int8multirange AS rows FROM common_auditseal s
    WHERE %(everything)s OR s.at >= now() - interval '1 day'
), loose AS (
    SELECT c.transaction, min(c.role) AS role, min(c.id) AS first, count(*) AS rows,
        jsonb_agg(DISTINCT c.table_name) AS tables
    FROM common_rowchange c
    WHERE c.id > coalesce((SELECT rows_to FROM base), 0)
      AND NOT c.id <@ (SELECT coalesce(range_agg(r), '{}') FROM recent, unnest(recent.rows) r)
      AND NOT EXISTS (SELECT FROM common_auditrecord a WHERE a.transaction = c.transaction)
    GROUP BY c.transaction
)
INSERT INTO common_auditrecord (actor_label, kind, object_type, object_id, after, transaction)
SELECT coalesce(%(label)s, 'PostgreSQL: ' || role), %(kind)s, '', '', jsonb_build_object('rows', rows, 'tables', tables), transaction
FROM loose ORDER BY first
