-- Purpose: one delivery row for each issued invoice: mail to a holder with an address who wants mail, else print, or counter.
-- Parameters: invoice_ids bigint[].
-- Grain: a message per invoice. Idempotency: message_once_per_invoice; a second time adds nothing.
-- Interest charged at a payment is handed over with its receipt: counter, nothing left to do.
INSERT INTO notices_message
    (kind, account_id, invoice_id, channel, recipient, state, attempts, next_attempt_at, last_error, message_id)
SELECT
    'invoice_issued', i.account_id, i.id, d.channel,
    CASE d.channel WHEN 'mail' THEN p.email ELSE '' END,
    CASE d.channel WHEN 'mail' THEN 'queued' WHEN 'print' THEN 'waiting'
        ELSE CASE i.origin WHEN 'interest' THEN 'printed' ELSE 'waiting' END END,
    0,
    CASE d.channel WHEN 'mail' THEN now() END,
    '', ''
FROM billing_invoice i
JOIN billing_account b ON b.id = i.account_id
JOIN registry_party p ON p.id = b.holder_id
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN i.origin = 'interest' OR b.delivery = 'counter' THEN 'counter'
        WHEN b.delivery = 'mail' AND p.email ~ '^[A-Za-z0-9.!#$&*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$' THEN 'mail'
        ELSE 'print' END AS channel
) d
WHERE i.id = ANY (%(invoice_ids)s::bigint[])
ON CONFLICT (invoice_id) WHERE kind = 'invoice_issued' DO NOTHING
