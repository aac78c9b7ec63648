-- Purpose: the debts that being late may cost something, with all that the arithmetic depends on.
-- Parameters: on_day date; account_ids bigint[] or NULL for every account; paid_too: also those paid late since
--   the account's third last bill, whose last interest may not have been charged.
-- Grain: a live charge past its due date whose service has late policies. Reads only.
WITH candidate AS (
    SELECT o.invoice_id
    FROM receivables_openinvoice o
    WHERE %(account_ids)s::bigint[] IS NULL OR o.account_id = ANY (%(account_ids)s::bigint[])
    UNION
    SELECT c.invoice_id
    FROM billing_account b
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT r.dated_on FROM billing_invoice r
            WHERE r.account_id = b.id AND r.origin = 'run' AND r.voided_on IS NULL
            ORDER BY r.dated_on DESC OFFSET 2 LIMIT 1), '-infinity'::date) AS day
    ) since
    JOIN receivables_payment p ON p.account_id = b.id AND p.posted_on >= since.day AND p.reversed_on IS NULL
    JOIN receivables_allocation a ON a.payment_id = p.id
    JOIN billing_charge c ON c.id = a.charge_id
    WHERE %(paid_too)s AND (%(account_ids)s::bigint[] IS NULL OR b.id = ANY (%(account_ids)s::bigint[]))
)
SELECT
    c.id,
    i.account_id,
    c.total - greatest(0, least(c.total, d.discount - d.after)),
    i.due_date,
    v.late_policies,
    coalesce(a.days, '{}'),
    coalesce(a.amounts, '{}'),
    (i.frozen ->> 'interest_from')::date AS counts_from,
    coalesce(t.charged, 0),
    coalesce(t.parts, 0),
    t.charged_until,
    c.label,
    i.dated_on,
    c.subscription_id,
    i.connection_id
FROM candidate k
JOIN billing_invoice i ON i.id = k.invoice_id AND i.due_date < %(on_day)s AND i.voided_on IS NULL
JOIN billing_charge c ON c.invoice_id = i.id AND c.live AND c.total > 0 AND c.origin_kind <> 'interest'
JOIN tariffs_service v ON v.id = c.service_id AND v.late_policies <> '[]'::jsonb
CROSS JOIN LATERAL (  -- a discount of the invoice makes its last charges cost less
    SELECT
        coalesce(-sum(x.total) FILTER (WHERE x.total < 0), 0) AS discount,
        coalesce(sum(x.total) FILTER (WHERE x.total > 0 AND x.position > c.position), 0) AS after
    FROM billing_charge x WHERE x.invoice_id = i.id AND x.live
) d
LEFT JOIN LATERAL (
    SELECT array_agg(value_on) AS days, array_agg(amount) AS amounts
    FROM receivables_allocation WHERE charge_id = c.id
) a ON true
LEFT JOIN LATERAL (
    SELECT sum(total) AS charged, max(origin_part) AS parts, max(covers_to) AS charged_until
    FROM billing_charge x
    WHERE x.origin_kind = 'interest' AND x.origin_id = c.id AND x.live
) t ON true
ORDER BY i.account_id, i.due_date, i.dated_on, i.number, c.id
