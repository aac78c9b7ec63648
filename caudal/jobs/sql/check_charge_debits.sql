-- 6: each issued charge has one ledger debit of its amount on its own account; a void nets to zero by entries that
-- point at what they reverse; an entry is reversed at most once, by its negative.
SELECT 'charge ' || c.id, format('total %s, debits %s of %s', c.total, count(e.id), sum(e.amount))
FROM billing_charge c
JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN receivables_ledgerentry e ON e.charge_id = c.id AND e.reverses_id IS NULL AND e.account_id = i.account_id
GROUP BY c.id HAVING count(e.id) <> 1 OR sum(e.amount) <> c.total
UNION ALL
SELECT 'charge ' || c.id, format('live is %s, its entries sum to %s', c.live, sum(e.amount))
FROM billing_charge c JOIN receivables_ledgerentry e ON e.charge_id = c.id
GROUP BY c.id HAVING sum(e.amount) <> CASE WHEN c.live THEN c.total ELSE 0 END
UNION ALL
SELECT 'entry ' || r.id, format('reverses %s of %s with %s', e.id, e.amount, r.amount)
FROM receivables_ledgerentry r JOIN receivables_ledgerentry e ON e.id = r.reverses_id
WHERE r.amount <> -e.amount OR r.account_id <> e.account_id OR e.reverses_id IS NOT NULL
   OR r.charge_id IS DISTINCT FROM e.charge_id OR r.payment_id IS DISTINCT FROM e.payment_id
UNION ALL
SELECT 'entry ' || reverses_id, format('reversed %s times', count(*))
FROM receivables_ledgerentry WHERE reverses_id IS NOT NULL GROUP BY reverses_id HAVING count(*) > 1
UNION ALL
SELECT 'charge ' || c.id, 'live does not agree with its invoice' || coalesce(', voided on ' || i.voided_on, '')
FROM billing_charge c JOIN billing_invoice i ON i.id = c.invoice_id WHERE c.live <> (i.voided_on IS NULL)
