-- 22: a debt that passed by agreement nets to zero over two accounts: one credit, one invoice of its amount, both living
-- or both taken back; no credit without money stands for itself, and none of it is money in anybody's favour.
SELECT 'payment ' || p.id, format('credit %s of account %s, invoice %s of account %s', p.amount, p.account_id, i.total, i.account_id)
FROM receivables_assumeddebt d
JOIN receivables_payment p ON p.id = d.payment_id
JOIN billing_invoice i ON i.id = d.invoice_id
WHERE p.amount <> i.total OR p.account_id = i.account_id OR p.method <> 'assumed'
   OR (p.reversed_on IS NULL) <> (i.voided_on IS NULL)
UNION ALL
SELECT 'payment ' || p.id, 'settles as a debt taken over, and no account took it over'
FROM receivables_payment p LEFT JOIN receivables_assumeddebt d ON d.payment_id = p.id
WHERE p.method = 'assumed' AND d.payment_id IS NULL
UNION ALL
SELECT 'payment ' || p.id, format('took over %s and settles %s', p.amount, sum(a.amount))
FROM receivables_payment p LEFT JOIN receivables_allocation a ON a.payment_id = p.id
WHERE p.method = 'assumed' AND p.reversed_on IS NULL
GROUP BY p.id, p.amount
HAVING p.amount <> coalesce(sum(a.amount), 0)
