-- Purpose: the accounts that a surcharge may have fallen on and where it is not charged yet.
-- Parameters: on_day date; service_ids bigint[], firsts int[], uptos int[] and last_days int[], beside each other: a
--   service, the `conditions` of the invoices concerned (upto excluded), and how many days after the due date the last
--   thing falls that falls once; paid_too: also what was paid late in the last two months.
-- Grain: an account with a late charge of the services on which nothing was charged for that day or a later one.
-- Reads only.
WITH service AS (
    SELECT * FROM unnest(%(service_ids)s::bigint[], %(firsts)s::int[], %(uptos)s::int[], %(last_days)s::int[])
        AS s (id, first, upto, last_day)
), late AS (
    SELECT i.account_id, c.id, i.due_date + s.last_day AS falls_on
    FROM receivables_openinvoice o
    JOIN billing_invoice i ON i.id = o.invoice_id AND i.due_date < %(on_day)s
    JOIN billing_charge c ON c.invoice_id = i.id AND c.live AND c.total > 0 AND c.origin_kind <> 'interest'
    JOIN service s ON s.id = c.service_id AND i.conditions >= s.first AND i.conditions < s.upto
    UNION
    SELECT p.account_id, c.id, i.due_date + s.last_day
    FROM receivables_payment p
    JOIN receivables_allocation a ON a.payment_id = p.id
    JOIN billing_charge c ON c.id = a.charge_id AND c.live AND c.origin_kind <> 'interest'
    JOIN billing_invoice i ON i.id = c.invoice_id AND i.due_date < a.value_on
    JOIN service s ON s.id = c.service_id AND i.conditions >= s.first AND i.conditions < s.upto
    WHERE %(paid_too)s AND p.posted_on > %(on_day)s - 62 AND p.reversed_on IS NULL
)
SELECT DISTINCT l.account_id
FROM late l
WHERE NOT EXISTS (
    SELECT FROM billing_charge x
    WHERE x.live AND x.origin_kind <> '' AND x.origin_kind = 'interest' AND x.origin_id = l.id
        AND x.covers_to > l.falls_on)
ORDER BY 1
