-- Purpose: close the deliveries of a past that needs no mails any more: mails count as sent and paper as handed over on the
-- morning of what they tell.
-- Parameters: upto date, the last day of issue or posting.
-- Grain: a message. Idempotency: only what still waits changes.
UPDATE notices_message m
SET state = CASE m.channel WHEN 'mail' THEN 'sent' ELSE 'printed' END,
    sent_at = CASE m.channel WHEN 'mail' THEN (fact.day + time '09:00') AT TIME ZONE fact.timezone END,
    next_attempt_at = NULL
FROM (
    SELECT n.id, coalesce(i.issued_on, p.posted_on) AS day, o.timezone
    FROM notices_message n
    LEFT JOIN billing_invoice i ON i.id = n.invoice_id
    LEFT JOIN receivables_payment p ON p.id = n.payment_id
    CROSS JOIN registry_organisation o
    WHERE n.state IN ('queued', 'waiting')) AS fact
WHERE m.id = fact.id AND fact.day <= %(upto)s
