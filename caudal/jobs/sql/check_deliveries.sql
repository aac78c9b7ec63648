-- 15: one delivery row per issued invoice (mail, print or counter), one message per fact and recipient; the message
-- belongs to the account of its fact. Imported invoices were delivered by the system before.
SELECT 'invoice ' || i.id, format('%s delivery rows', count(m.id))
FROM billing_invoice i
LEFT JOIN notices_message m ON m.invoice_id = i.id AND m.kind = 'invoice_issued'
WHERE i.origin IN ('run', 'one_off')
GROUP BY i.id HAVING count(m.id) <> 1
UNION ALL
SELECT 'message ' || m.id, 'tells another account than that of its invoice or payment'
FROM notices_message m
LEFT JOIN billing_invoice i ON i.id = m.invoice_id
LEFT JOIN receivables_payment p ON p.id = m.payment_id
WHERE m.account_id <> coalesce(i.account_id, p.account_id, m.account_id)
UNION ALL
SELECT 'message ' || min(m.id), format('%s of kind %s to one recipient', count(*), m.kind)
FROM notices_message m
GROUP BY m.kind, m.recipient, coalesce(m.invoice_id, -m.payment_id), m.account_id
HAVING count(*) > 1 AND coalesce(max(m.invoice_id), max(m.payment_id)) IS NOT NULL
