-- Purpose: what came in and what was spent in a month, as it was known at an instant: the box on a bill.
-- Parameters: first date; next date; as_of timestamptz.
-- Grain: one row for what was received (concept empty), one for each concept of expense, the greatest first.
-- A payment counts on the day of its posting, its reversal takes it back on its own; one that an import brought came in
-- on its value date, years before perhaps; a debt that passed to another account brought nothing in. Reads only.
SELECT '' AS concept, coalesce(-sum(e.amount), 0) AS amount, count(DISTINCT e.account_id) FILTER (WHERE e.kind = 'payment')
FROM receivables_ledgerentry e JOIN receivables_payment p ON p.id = e.payment_id AND p.method <> 'assumed'
WHERE CASE p.method WHEN 'imported' THEN e.value_on ELSE e.posted_on END BETWEEN %(first)s AND %(next)s::date - 1
    AND e.posted_at <= %(as_of)s
UNION ALL
(SELECT x.concept, sum(x.amount), 0
FROM board_expense x
WHERE x.spent_on >= %(first)s AND x.spent_on < %(next)s AND x.entered_at <= %(as_of)s
    AND (x.withdrawn_at IS NULL OR x.withdrawn_at > %(as_of)s)
GROUP BY x.concept ORDER BY 2 DESC, 1)
