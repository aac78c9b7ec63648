-- 9: allocations of a payment lie in [0, amount], of a charge in [0, total], both on one account; reversed payments
-- and void charges have 0; a row that takes back is the negative of the row it points at.
SELECT 'payment ' || p.id, format('amount %s, allocated %s', p.amount, sum(a.amount))
FROM receivables_allocation a JOIN receivables_payment p ON p.id = a.payment_id
GROUP BY p.id
HAVING sum(a.amount) < 0 OR sum(a.amount) > CASE WHEN p.reversed_on IS NULL THEN p.amount ELSE 0 END
UNION ALL
SELECT 'charge ' || c.id, format('total %s, allocated %s', c.total, sum(a.amount))
FROM receivables_allocation a JOIN billing_charge c ON c.id = a.charge_id
GROUP BY c.id
HAVING sum(a.amount) < 0 OR sum(a.amount) > CASE WHEN c.live THEN greatest(c.total, 0) ELSE 0 END
UNION ALL
SELECT 'allocation ' || a.id, format('payment of account %s, charge of account %s', p.account_id, i.account_id)
FROM receivables_allocation a
JOIN receivables_payment p ON p.id = a.payment_id
JOIN billing_charge c ON c.id = a.charge_id
JOIN billing_invoice i ON i.id = c.invoice_id
WHERE p.account_id <> i.account_id
UNION ALL
SELECT 'allocation ' || b.id, format('%s takes back %s', b.amount, a.amount)
FROM receivables_allocation b JOIN receivables_allocation a ON a.id = b.reverses_id
WHERE b.amount <> -a.amount OR b.payment_id <> a.payment_id OR b.charge_id <> a.charge_id
