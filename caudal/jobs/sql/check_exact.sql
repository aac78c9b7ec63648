-- 19: no NaN, no part of the smallest coin, no zero allocation.
WITH money (place, id, amount) AS (
    SELECT 'charge', id, total FROM billing_charge
    UNION ALL SELECT 'charge', id, net FROM billing_charge
    UNION ALL SELECT 'payment', id, amount FROM receivables_payment
    UNION ALL SELECT 'entry', id, amount FROM receivables_ledgerentry
    UNION ALL SELECT 'allocation', id, amount FROM receivables_allocation)
SELECT place || ' ' || money.id, format('amount %s', amount)
FROM money CROSS JOIN registry_organisation o
WHERE amount = 'NaN' OR amount <> round(amount, o.minor_units) OR (place = 'allocation' AND amount = 0)
