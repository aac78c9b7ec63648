-- 5: charges sum to the invoice's total; net + tax = total on each. Every invoice has a charge.
SELECT 'invoice ' || i.id, format('total %s, charges %s', i.total, sum(c.total))
FROM billing_invoice i LEFT JOIN billing_charge c ON c.invoice_id = i.id
GROUP BY i.id
HAVING count(c.id) = 0 OR sum(c.total) <> i.total OR sum(c.net) <> i.net OR sum(c.tax) <> i.tax
UNION ALL
SELECT 'charge ' || id, format('%s + %s <> %s', net, tax, total) FROM billing_charge WHERE net + tax <> total
