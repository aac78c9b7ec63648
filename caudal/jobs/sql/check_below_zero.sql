-- 27: what an invoice is below zero is credit of its account: one payment of that amount with which no money came in,
-- living while the invoice lives, and without a ledger line of its own.
SELECT 'invoice ' || i.id, format('total %s, credit %s of account %s', i.total, p.amount, p.account_id)
FROM billing_invoice i
LEFT JOIN receivables_invoicecredit k ON k.invoice_id = i.id
LEFT JOIN receivables_payment p ON p.id = k.payment_id AND p.method = 'credit'
WHERE (k.invoice_id IS NOT NULL OR (i.total < 0 AND i.voided_on IS NULL))
  AND (p.id IS NULL OR p.amount <> -i.total OR p.account_id <> i.account_id
       OR (p.reversed_on IS NULL) <> (i.voided_on IS NULL))
UNION ALL
SELECT 'payment ' || p.id, 'is credit, and of no invoice below zero'
FROM receivables_payment p LEFT JOIN receivables_invoicecredit k ON k.payment_id = p.id
WHERE p.method = 'credit' AND k.payment_id IS NULL
UNION ALL
SELECT 'payment ' || p.id, 'is what an invoice is below zero, and has a ledger line besides'
FROM receivables_ledgerentry e JOIN receivables_payment p ON p.id = e.payment_id
WHERE p.method = 'credit'
