-- Purpose: periods as they stay until the transaction ends: whoever closes one waits for it.
-- Parameters: ids bigint[], months date[] (first days). Grain: one row per period.
SELECT month, closed_on FROM billing_period
WHERE id = ANY (%(ids)s::bigint[]) OR month = ANY (%(months)s::date[])
ORDER BY id FOR SHARE
