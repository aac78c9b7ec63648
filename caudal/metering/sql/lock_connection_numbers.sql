-- Numbers are given one by one: whoever asks waits until the transaction before has ended. No parameters.
-- A statement of its own, so that the number is looked for after the wait.
SELECT pg_advisory_xact_lock(hashtext('caudal.connection_number'))
