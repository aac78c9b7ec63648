-- Purpose: put claimed mails off to a later attempt, each by twice its last wait; after the last attempt give up.
-- Parameters: ids bigint[]; at timestamptz; said text; attempts_max int; wait_max interval.
-- Grain: a message. A bill that cannot be mailed is printed; anything else failed.
UPDATE notices_message
SET last_error = left(%(said)s, 500),
    next_attempt_at = CASE WHEN attempts < %(attempts_max)s
        THEN %(at)s::timestamptz + least(interval '1 minute' * power(2, attempts - 1), %(wait_max)s::interval) END,
    state = CASE WHEN attempts < %(attempts_max)s THEN 'queued'
        WHEN kind = 'invoice_issued' THEN 'waiting' ELSE 'failed' END,
    channel = CASE WHEN attempts >= %(attempts_max)s AND kind = 'invoice_issued' THEN 'print' ELSE channel END
WHERE id = ANY (%(ids)s::bigint[])
