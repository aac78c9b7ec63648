-- Purpose: take the next due mails for this worker alone; others skip them. A lease brings back what a dead one held.
-- Parameters: at timestamptz; lease interval; size int.
-- Grain: a message; its attempt is counted here, so that one that kills its worker is given up too.
WITH due AS (
    SELECT id FROM notices_message
    WHERE state = 'queued' AND next_attempt_at <= %(at)s
    ORDER BY next_attempt_at, id
    LIMIT %(size)s
    FOR UPDATE SKIP LOCKED
)
UPDATE notices_message m
SET next_attempt_at = %(at)s::timestamptz + %(lease)s::interval, attempts = m.attempts + 1
FROM due WHERE m.id = due.id
RETURNING m.id
