-- 4: due date not before issue date (but for imported invoices), period not empty.
SELECT 'invoice ' || id, format('issued %s, due %s, covers %s to %s', issued_on, due_date, covers_from, covers_to)
FROM billing_invoice
WHERE (due_date < issued_on AND origin <> 'imported') OR covers_to <= covers_from
