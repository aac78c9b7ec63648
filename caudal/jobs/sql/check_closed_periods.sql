-- 20: nothing was dated into a closed period after it closed.
SELECT 'charge ' || c.id, format('of %s, closed on %s, issued on %s', p.month, p.closed_on, i.issued_on)
FROM billing_charge c
JOIN billing_period p ON p.id = c.period_id
JOIN billing_invoice i ON i.id = c.invoice_id
WHERE p.closed_on < i.issued_on AND i.origin <> 'imported'
