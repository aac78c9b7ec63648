-- 18: issue, void and reversal left an audit record with its actor (one per batch for runs).
SELECT 'batch ' || b.id, 'issued without an audit record'
FROM billing_runbatch b
WHERE b.issued_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM common_auditrecord a
    WHERE a.kind = 'billing.issue' AND a.object_type = 'run' AND a.object_id = b.run_id::text
      AND (a.after ->> 'batch')::int = b.position)
UNION ALL
SELECT 'invoice ' || i.id, 'issued without an audit record'
FROM billing_invoice i
WHERE i.origin = 'one_off' AND NOT EXISTS (
    SELECT FROM common_auditrecord a
    WHERE a.kind = 'billing.issue' AND a.object_type = 'invoice' AND a.object_id = i.id::text)
UNION ALL
SELECT 'invoice ' || i.id, 'voided without an audit record'
FROM billing_invoice i
WHERE i.voided_on IS NOT NULL AND i.origin <> 'interest' AND NOT EXISTS (
    SELECT FROM common_auditrecord a
    WHERE a.kind = 'billing.void' AND a.object_type = 'invoice' AND a.object_id = i.id::text)
UNION ALL
SELECT 'payment ' || p.id, 'reversed without an audit record'
FROM receivables_payment p
WHERE p.reversed_on IS NOT NULL AND NOT EXISTS (
    SELECT FROM common_auditrecord a
    WHERE a.kind LIKE '%reverse%' AND a.object_type = 'payment' AND a.object_id = p.id::text)
UNION ALL
SELECT 'record ' || id, 'has no actor' FROM common_auditrecord WHERE actor_label = ''
