-- Purpose: the last lines of an account's ledger, the latest first, each with the balance after it.
-- Parameters: account_id, most. Grain: a ledger entry. Reads only.
-- The label is the charge's concept, or the receipt's number.
SELECT
    e.id,
    e.kind,
    e.posted_on,
    e.value_on,
    e.amount,
    b.balance - sum(e.amount) OVER (ORDER BY e.id DESC) + e.amount AS balance,
    coalesce(c.label, s.prefix || lpad(p.number::text, greatest(s.width, length(p.number::text)), '0')),
    c.invoice_id,
    e.payment_id
FROM (
    SELECT *
    FROM receivables_ledgerentry
    WHERE account_id = %(account_id)s
    ORDER BY id DESC
    LIMIT %(most)s::int
) e
CROSS JOIN (
    SELECT sum(amount) AS balance FROM receivables_ledgerentry WHERE account_id = %(account_id)s
) b
LEFT JOIN billing_charge c ON c.id = e.charge_id
LEFT JOIN receivables_payment p ON p.id = e.payment_id
LEFT JOIN billing_series s ON s.id = p.series_id
ORDER BY e.id DESC
