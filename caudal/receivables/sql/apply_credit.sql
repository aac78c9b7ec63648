-- Purpose: let money that was not yet applied settle open charges, oldest first, so that an invoice can be born paid.
-- Parameters: account_ids bigint[]; on_day date (value date of the allocations, but for money that came later: its own).
-- Grain: an allocation per (payment, charge) whose intervals on the account's running totals overlap.
-- Idempotency: what is applied is no longer credit. The accounts are locked by the caller.
-- Charges that owe interest at payment are left to settle_credit, which charges it first.
WITH money AS (
    SELECT p.id, p.account_id, p.value_on, r.rest,
        sum(r.rest) OVER (PARTITION BY p.account_id ORDER BY p.value_on, p.id) AS upto
    FROM receivables_opencredit o
    JOIN receivables_payment p ON p.id = o.payment_id
    CROSS JOIN LATERAL (
        SELECT p.amount - coalesce(sum(amount), 0) AS rest
        FROM receivables_allocation WHERE payment_id = p.id
    ) r
    WHERE o.account_id = ANY (%(account_ids)s::bigint[])
), debt AS (
    SELECT c.id, i.account_id, b.balance,
        sum(b.balance) OVER (
            PARTITION BY i.account_id ORDER BY i.due_date, i.dated_on, i.number, c.id) AS upto
    FROM receivables_openinvoice o
    JOIN billing_invoice i ON i.id = o.invoice_id
    JOIN billing_charge c ON c.invoice_id = i.id AND c.live
    JOIN billing_service_conditions h ON h.service_id = c.service_id AND i.conditions >= h.first AND i.conditions < h.upto
    CROSS JOIN LATERAL (  -- a discount of the invoice makes its last charges cost less
        SELECT
            coalesce(-sum(x.total) FILTER (WHERE x.total < 0), 0) AS discount,
            coalesce(sum(x.total) FILTER (WHERE x.total > 0 AND x.position > c.position), 0) AS after
        FROM billing_charge x WHERE x.invoice_id = i.id AND x.live
    ) r
    CROSS JOIN LATERAL (
        SELECT c.total - greatest(0, least(c.total, r.discount - r.after)) - coalesce(sum(amount), 0) AS balance
        FROM receivables_allocation WHERE charge_id = c.id
    ) b
    WHERE o.account_id IN (SELECT account_id FROM money)
        AND b.balance > 0
        AND (i.due_date >= %(on_day)s OR h.held = '[]'::jsonb
            OR (SELECT interest_mode FROM registry_organisation) = 'next_invoice')
)
INSERT INTO receivables_allocation (payment_id, charge_id, amount, value_on)
SELECT m.id, d.id,
    least(m.upto, d.upto) - greatest(m.upto - m.rest, d.upto - d.balance),
    greatest(%(on_day)s::date, m.value_on)
FROM money m
JOIN debt d ON d.account_id = m.account_id
WHERE least(m.upto, d.upto) > greatest(m.upto - m.rest, d.upto - d.balance)
