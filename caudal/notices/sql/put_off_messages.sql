-- Purpose: put claimed mails off to a later attempt, each by twice its last wait; after the last attempt give up.
-- Parameters: ids bigint[]; at timestamptz; said text; attempts_max int; wait_max interval.
-- Grain: a message. A bill that cannot be mailed is printed; anything else failed. So did the way into the portal, or the
-- news of an address given up, where another was asked for while this one was in hand: one waits at most.
WITH late AS (
    SELECT m.id, m.attempts >= %(attempts_max)s OR EXISTS (
        SELECT FROM notices_message o
        WHERE o.kind = m.kind AND o.party_id = m.party_id AND o.state = 'queued' AND o.id <> m.id
            AND (m.kind = 'portal_link' OR m.kind = 'contact_changed' AND o.recipient = m.recipient)
    ) AS over
    FROM notices_message m WHERE m.id = ANY (%(ids)s::bigint[])
)
UPDATE notices_message m
SET last_error = left(%(said)s, 500),
    next_attempt_at = CASE WHEN NOT l.over
        THEN %(at)s::timestamptz + least(interval '1 minute' * power(2, m.attempts - 1), %(wait_max)s::interval) END,
    state = CASE WHEN NOT l.over THEN 'queued' WHEN m.kind = 'invoice_issued' THEN 'waiting' ELSE 'failed' END,
    channel = CASE WHEN l.over AND m.kind = 'invoice_issued' THEN 'print' ELSE m.channel END
FROM late l WHERE m.id = l.id
