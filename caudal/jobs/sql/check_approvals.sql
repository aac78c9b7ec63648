-- 24: each approved request was approved by another person, left its record, and did in the same transaction what was
-- asked for; nothing that was decided still waits.
WITH deeds (kind, records) AS (
    VALUES ('void', ARRAY['billing.void']), ('reverse', ARRAY['receivables.reverse']),
           ('publish', ARRAY['tariffs.publish']), ('role', ARRAY['access.update_role']),
           ('grant', ARRAY['access.set_roles', 'access.set_sectors'])
), approved AS (
    SELECT p.*, r.transaction, r.id AS record_id
    FROM approvals_approval p
    LEFT JOIN common_auditrecord r ON r.kind = 'approvals.approve' AND r.object_type = p.object_type
         AND r.object_id = p.object_id::text AND (r.after ->> 'approval')::bigint = p.id
         AND r.actor_id = p.decided_by_id
    WHERE p.state = 'approved'
)
SELECT 'approval ' || id, 'approved by who asked for it' FROM approved WHERE decided_by_id = asked_by_id
UNION ALL
SELECT 'approval ' || id, 'approved without an audit record' FROM approved WHERE record_id IS NULL
UNION ALL
SELECT 'approval ' || a.id, 'approved, but not done with it' FROM approved a
WHERE NOT EXISTS (
    SELECT FROM common_auditrecord r JOIN deeds d ON r.kind = ANY (d.records)
    WHERE d.kind = a.kind AND r.object_type = a.object_type AND r.object_id = a.object_id::text
      AND r.transaction = a.transaction AND r.actor_id = a.decided_by_id)
UNION ALL
SELECT 'approval ' || a.id, 'approved, but its ' || a.object_type || ' does not show it' FROM approved a
WHERE (a.kind = 'void' AND EXISTS (SELECT FROM billing_invoice i WHERE i.id = a.object_id AND i.voided_on IS NULL))
   OR (a.kind = 'reverse'
       AND EXISTS (SELECT FROM receivables_payment y WHERE y.id = a.object_id AND y.reversed_on IS NULL))
   OR (a.kind = 'publish'
       AND EXISTS (SELECT FROM tariffs_tariffversion v WHERE v.id = a.object_id AND v.published_at IS NULL))
UNION ALL
SELECT 'approval ' || id, 'waits, but was decided' FROM approvals_approval
WHERE state = 'waiting' AND decided_at IS NOT NULL
