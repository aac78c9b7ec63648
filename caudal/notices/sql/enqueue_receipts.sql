-- Purpose: mail the receipts of payments to holders with an address who want them; nothing otherwise.
-- Parameters: payment_ids bigint[].
-- Grain: a message per address and payment; what was paid online at once goes to one address in one mail, about the
-- first of its payments. Idempotency: message_once_per_payment.
-- Who has not said wants receipts as he wants his bills.
INSERT INTO notices_message
    (kind, account_id, payment_id, channel, recipient, state, attempts, next_attempt_at, last_error, message_id)
SELECT DISTINCT ON (coalesce(t.intent_id::text, y.id::text), p.email)
    'payment_received', y.account_id, y.id, 'mail', p.email, 'queued', 0, now(), '', ''
FROM receivables_payment y
JOIN billing_account b ON b.id = y.account_id
JOIN registry_party p ON p.id = b.holder_id
LEFT JOIN notices_preference w ON w.party_id = p.id
LEFT JOIN receivables_intentpart t ON t.payment_id = y.id
WHERE y.id = ANY (%(payment_ids)s::bigint[]) AND coalesce(w.receipts, b.delivery = 'mail') AND p.email ~ '^[A-Za-z0-9.!#$&*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$'
ORDER BY coalesce(t.intent_id::text, y.id::text), p.email, y.id
ON CONFLICT (kind, payment_id, recipient) WHERE payment_id IS NOT NULL DO NOTHING
