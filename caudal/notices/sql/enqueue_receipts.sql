-- Purpose: mail the receipts of payments to holders with an address who want them; nothing otherwise.
-- Parameters: payment_ids bigint[].
-- Grain: at most one message per payment. Idempotency: message_once_per_payment.
-- Who has not said wants receipts as he wants his bills.
INSERT INTO notices_message
    (kind, account_id, payment_id, channel, recipient, state, attempts, next_attempt_at, last_error, message_id)
SELECT 'payment_received', y.account_id, y.id, 'mail', p.email, 'queued', 0, now(), '', ''
FROM receivables_payment y
JOIN billing_account b ON b.id = y.account_id
JOIN registry_party p ON p.id = b.holder_id
LEFT JOIN notices_preference w ON w.party_id = p.id
WHERE y.id = ANY (%(payment_ids)s::bigint[]) AND coalesce(w.receipts, b.delivery = 'mail') AND p.email ~ '^[A-Za-z0-9.!#$&*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$'
ON CONFLICT (kind, payment_id, recipient) WHERE payment_id IS NOT NULL DO NOTHING
