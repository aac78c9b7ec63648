-- 10: the sets of open invoices and open credit agree with the sums they are an index over.
WITH settled AS (
    SELECT c.invoice_id, sum(a.amount) AS amount
    FROM receivables_allocation a JOIN billing_charge c ON c.id = a.charge_id GROUP BY c.invoice_id
), should AS (
    SELECT i.id, i.account_id FROM billing_invoice i LEFT JOIN settled s ON s.invoice_id = i.id
    WHERE i.voided_on IS NULL AND i.total > coalesce(s.amount, 0)
)
SELECT 'invoice ' || coalesce(o.invoice_id, s.id), CASE WHEN s.id IS NULL THEN 'owes nothing but is listed as open'
       ELSE 'owes something but is not listed as open' END
FROM should s FULL JOIN receivables_openinvoice o ON o.invoice_id = s.id AND o.account_id = s.account_id
WHERE s.id IS NULL OR o.invoice_id IS NULL
UNION ALL
SELECT 'payment ' || coalesce(o.payment_id, s.id), 'its money left to apply and the list of open credit disagree'
FROM (
    SELECT p.id FROM receivables_payment p
    LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM receivables_allocation GROUP BY payment_id) u
           ON u.payment_id = p.id
    WHERE p.reversed_on IS NULL AND p.amount > coalesce(u.amount, 0)) AS s
FULL JOIN receivables_opencredit o ON o.payment_id = s.id
WHERE s.id IS NULL OR o.payment_id IS NULL
