-- 10: ledger balance = unpaid issued charges (interest charges among them) - unallocated money, for every account.
-- What an invoice is below zero is such money (27), so its charges are not counted again.
WITH ledger AS (
    SELECT account_id, sum(amount) AS balance FROM receivables_ledgerentry GROUP BY account_id
), settled AS (
    SELECT charge_id, sum(amount) AS amount FROM receivables_allocation GROUP BY charge_id
), owed AS (
    SELECT i.account_id, sum(c.total - coalesce(s.amount, 0)) AS amount
    FROM billing_charge c JOIN billing_invoice i ON i.id = c.invoice_id LEFT JOIN settled s ON s.charge_id = c.id
    WHERE c.live AND i.total >= 0 GROUP BY i.account_id
), used AS (
    SELECT payment_id, sum(amount) AS amount FROM receivables_allocation GROUP BY payment_id
), held AS (
    SELECT p.account_id, sum(p.amount - coalesce(u.amount, 0)) AS amount
    FROM receivables_payment p LEFT JOIN used u ON u.payment_id = p.id
    WHERE p.reversed_on IS NULL GROUP BY p.account_id
)
SELECT 'account ' || a.number,
       format('ledger %s, unpaid %s, credit %s', coalesce(l.balance, 0), coalesce(o.amount, 0), coalesce(h.amount, 0))
FROM billing_account a
LEFT JOIN ledger l ON l.account_id = a.id
LEFT JOIN owed o ON o.account_id = a.id
LEFT JOIN held h ON h.account_id = a.id
WHERE coalesce(l.balance, 0) <> coalesce(o.amount, 0) - coalesce(h.amount, 0)
