-- 13: interest charged on a charge up to a day equals the cumulative formula at that day; on a void charge, nothing. The
-- formula is the kernel's: this gives what it needs of every charge that bore interest. Where interest comes with the next
-- invoice, `mended` says whether that one charges or gives back a difference: it looks at what is open, and at what was
-- paid since the account's third last bill (late_invoices.sql). Grain: one row per such charge.
SELECT c.id, c.total - greatest(0, least(c.total, d.discount - d.after)), i.due_date, (i.frozen ->> 'interest_from')::date, h.held::text,
       coalesce(a.days, '{}'), coalesce(a.amounts, '{}'), t.charged, t.charged_until, o.minor_units,
       c.live, o.interest_mode = 'next_invoice' AND m.looked_at AS mended
FROM (
    SELECT origin_id, sum(total) AS charged, max(covers_to) AS charged_until
    FROM billing_charge WHERE origin_kind = 'interest' AND live GROUP BY origin_id) AS t
JOIN billing_charge c ON c.id = t.origin_id
JOIN billing_invoice i ON i.id = c.invoice_id
JOIN billing_service_conditions h ON h.service_id = c.service_id AND i.conditions >= h.first AND i.conditions < h.upto
CROSS JOIN registry_organisation o
CROSS JOIN LATERAL (  -- a discount of the invoice makes its last charges cost less
    SELECT coalesce(-sum(x.total) FILTER (WHERE x.total < 0), 0) AS discount,
           coalesce(sum(x.total) FILTER (WHERE x.total > 0 AND x.position > c.position), 0) AS after
    FROM billing_charge x WHERE x.invoice_id = i.id AND x.live) d
LEFT JOIN LATERAL (
    SELECT array_agg(value_on) AS days, array_agg(amount) AS amounts
    FROM receivables_allocation WHERE charge_id = c.id) a ON true
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM receivables_openinvoice x WHERE x.invoice_id = i.id) OR EXISTS (
        SELECT FROM billing_charge x
        JOIN receivables_allocation y ON y.charge_id = x.id
        JOIN receivables_payment p ON p.id = y.payment_id AND p.reversed_on IS NULL
        WHERE x.invoice_id = i.id AND p.posted_on >= coalesce((
            SELECT r.dated_on FROM billing_invoice r
            WHERE r.account_id = i.account_id AND r.origin = 'run' AND r.voided_on IS NULL
            ORDER BY r.dated_on DESC OFFSET 2 LIMIT 1), '-infinity'::date)) AS looked_at) m
