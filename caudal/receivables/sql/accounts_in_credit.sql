-- Purpose: which accounts of some invoices have money that settles nothing yet.
-- Parameters: invoice_ids bigint[]. Grain: a row per account. Reads only.
-- Begins at the few credits there are, not at the many invoices.
SELECT DISTINCT o.account_id
FROM receivables_opencredit o
WHERE EXISTS (
    SELECT FROM billing_invoice i WHERE i.account_id = o.account_id AND i.id = ANY (%(invoice_ids)s::bigint[]))
