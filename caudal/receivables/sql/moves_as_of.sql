-- Purpose: what moved some accounts up to a day, by value dates.
-- Parameters: account_ids bigint[]; on_day date.
-- Grain: a row per ledger entry (applied: false), and a row per payment, day and place of what it settled (applied:
-- true), which is how a payment shows on the statement of a place. What an invoice is below zero there leaves the place
-- again as credit of the account, which settles something there or elsewhere. Reads only.
SELECT
    false AS applied,
    e.account_id,
    coalesce(
        u.property_id,
        CASE WHEN c.subscription_id IS NULL THEN receivables_place(c.origin_kind, c.origin_id, c.invoice_id) END,
        n.property_id) AS property_id,
    u.licence_id,
    k.counts_on,
    e.posted_on,
    e.kind,
    e.amount,
    coalesce(c.label, '') AS label,
    c.invoice_id,
    e.payment_id,
    CASE WHEN c.id IS NULL
        THEN r.prefix || lpad(p.number::text, greatest(r.width, length(p.number::text)), '0')
        ELSE s.prefix || lpad(i.number::text, greatest(s.width, length(i.number::text)), '0') END AS document,
    e.id
FROM receivables_ledgerentry e
LEFT JOIN billing_charge c ON c.id = e.charge_id
LEFT JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN billing_series s ON s.id = i.series_id
LEFT JOIN billing_subscription u ON u.id = c.subscription_id
LEFT JOIN metering_connection n ON n.id = coalesce(i.connection_id, u.connection_id)
LEFT JOIN receivables_payment p ON p.id = e.payment_id
LEFT JOIN billing_series r ON r.id = p.series_id
CROSS JOIN LATERAL (
    SELECT least(e.value_on, i.issued_on, CASE WHEN c.origin_kind = 'interest' THEN c.covers_to - 1 END) AS counts_on
) k
WHERE e.account_id = ANY (%(account_ids)s::bigint[]) AND k.counts_on <= %(on_day)s
UNION ALL
SELECT
    true,
    p.account_id,
    coalesce(
        u.property_id,
        CASE WHEN c.subscription_id IS NULL THEN receivables_place(c.origin_kind, c.origin_id, c.invoice_id) END,
        n.property_id),
    u.licence_id,
    a.value_on,
    p.posted_on,
    CASE p.method WHEN 'credit' THEN 'credit' ELSE 'payment' END,
    -sum(a.amount),
    '',
    NULL,
    p.id,
    r.prefix || lpad(p.number::text, greatest(r.width, length(p.number::text)), '0'),
    min(a.id)
FROM receivables_payment p
JOIN billing_series r ON r.id = p.series_id
JOIN receivables_allocation a ON a.payment_id = p.id AND a.value_on <= %(on_day)s
JOIN billing_charge c ON c.id = a.charge_id
JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN billing_subscription u ON u.id = c.subscription_id
LEFT JOIN metering_connection n ON n.id = coalesce(i.connection_id, u.connection_id)
WHERE p.account_id = ANY (%(account_ids)s::bigint[])
GROUP BY p.id, p.account_id, p.posted_on, p.number, p.method, r.prefix, r.width, 3, 4, a.value_on
HAVING sum(a.amount) <> 0
UNION ALL
SELECT
    true,
    p.account_id,
    coalesce(
        u.property_id,
        CASE WHEN c.subscription_id IS NULL THEN receivables_place(c.origin_kind, c.origin_id, c.invoice_id) END,
        n.property_id),
    u.licence_id,
    p.value_on,
    p.posted_on,
    'to_credit',
    -sum(c.total),
    '',
    NULL,
    p.id,
    r.prefix || lpad(p.number::text, greatest(r.width, length(p.number::text)), '0'),
    0
FROM receivables_payment p
JOIN billing_series r ON r.id = p.series_id
JOIN receivables_invoicecredit k ON k.payment_id = p.id
JOIN billing_charge c ON c.invoice_id = k.invoice_id
JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN billing_subscription u ON u.id = c.subscription_id
LEFT JOIN metering_connection n ON n.id = coalesce(i.connection_id, u.connection_id)
WHERE p.account_id = ANY (%(account_ids)s::bigint[]) AND p.reversed_on IS NULL AND p.value_on <= %(on_day)s
GROUP BY p.id, p.account_id, p.posted_on, p.number, r.prefix, r.width, 3, 4, p.value_on
ORDER BY counts_on, applied, id
