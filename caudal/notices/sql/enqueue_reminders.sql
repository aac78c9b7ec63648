-- Purpose: remind holders of bills that fall due in the next days, and of those that fell due in the last ones.
-- Parameters: on date; days_before, days_after int, none where 0; catch_up_days int; settled_days int, since when a bill has
-- to be out before it is recalled.
-- Grain: at most one message per invoice, kind and recipient. Idempotency: message_once_per_fact; spans of days instead of one
-- day catch up with what a stopped worker missed.
-- Who has not said wants reminders as he wants his bills. What was paid before it is sent is dropped by the sender.
INSERT INTO notices_message
    (kind, account_id, invoice_id, channel, recipient, state, attempts, next_attempt_at, last_error, message_id)
SELECT
    CASE WHEN i.due_date >= %(on)s THEN 'invoice_due' ELSE 'invoice_overdue' END,
    i.account_id, i.id, 'mail', p.email, 'queued', 0, now(), '', ''
FROM receivables_openinvoice o
JOIN billing_invoice i ON i.id = o.invoice_id
JOIN billing_account b ON b.id = i.account_id
JOIN registry_party p ON p.id = b.holder_id
LEFT JOIN notices_preference w ON w.party_id = p.id
WHERE i.voided_on IS NULL AND i.origin <> 'interest'
  AND (i.due_date > %(on)s::date AND i.due_date <= %(on)s::date + %(days_before)s::int
    OR %(days_after)s > 0 AND i.due_date BETWEEN %(on)s::date - %(days_after)s::int - %(catch_up_days)s::int
                                            AND %(on)s::date - %(days_after)s::int)
  AND i.issued_on <= %(on)s::date - %(settled_days)s::int
  AND coalesce(w.reminders, b.delivery = 'mail') AND p.email ~ '^[A-Za-z0-9.!#$&*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$'
ON CONFLICT (kind, invoice_id, recipient) WHERE invoice_id IS NOT NULL AND NOT kind = 'invoice_issued' DO NOTHING
