-- 7: each payment has one ledger credit of its amount on its own account, and nets to zero once reversed. That of an
-- invoice below zero has none: the invoice's debits are it (27).
SELECT 'payment ' || p.id, format('amount %s, credits %s of %s', p.amount, count(e.id), sum(e.amount))
FROM receivables_payment p
LEFT JOIN receivables_ledgerentry e ON e.payment_id = p.id AND e.reverses_id IS NULL AND e.account_id = p.account_id
WHERE p.method <> 'credit'
GROUP BY p.id HAVING count(e.id) <> 1 OR sum(e.amount) <> -p.amount
UNION ALL
SELECT 'payment ' || p.id, format('reversed on %s, its entries sum to %s', p.reversed_on, sum(e.amount))
FROM receivables_payment p JOIN receivables_ledgerentry e ON e.payment_id = p.id
GROUP BY p.id HAVING sum(e.amount) <> CASE WHEN p.reversed_on IS NULL THEN -p.amount ELSE 0 END
