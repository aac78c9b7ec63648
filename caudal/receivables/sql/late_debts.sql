-- Purpose: the debts that being late may cost something, with all that the arithmetic depends on.
-- Parameters: on_day date; invoice_ids bigint[].
-- Grain: a live charge past its due date whose bill told of late policies (those that its `conditions` hold). Reads only.
SELECT
    c.id,
    i.account_id,
    c.total - greatest(0, least(c.total, d.discount - d.after)),
    i.due_date,
    h.held,
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
FROM billing_invoice i
JOIN billing_charge c ON c.invoice_id = i.id AND c.live AND c.total > 0 AND c.origin_kind <> 'interest'
JOIN billing_service_conditions h
    ON h.service_id = c.service_id AND i.conditions >= h.first AND i.conditions < h.upto AND h.held <> '[]'::jsonb
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
WHERE i.id = ANY (%(invoice_ids)s::bigint[]) AND i.due_date < %(on_day)s::date AND i.voided_on IS NULL
ORDER BY i.account_id, i.due_date, i.dated_on, i.number, c.id
