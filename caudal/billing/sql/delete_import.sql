-- Purpose: the invoices, services and accounts that an import brought go again, all or none.
-- Parameters: import_id. Only where caudal.undo_import names the import: the guards of issued rows ask it, and look
-- at the invoice of each charge, so that charges go first. Idempotent: a second time deletes nothing.
DELETE FROM billing_charge WHERE invoice_id IN (SELECT id FROM billing_invoice WHERE import_id = %(import_id)s);
DELETE FROM billing_invoice WHERE import_id = %(import_id)s;
DELETE FROM billing_subscription WHERE import_id = %(import_id)s;
DELETE FROM billing_account WHERE import_id = %(import_id)s;
DELETE FROM billing_series s WHERE s.import_id = %(import_id)s
    AND NOT EXISTS (SELECT 1 FROM billing_invoice i WHERE i.series_id = s.id)
    AND NOT EXISTS (SELECT 1 FROM receivables_payment p WHERE p.series_id = s.id)
