-- Purpose: the ledger entries, payments and settlements of an import's invoices and payments go again.
-- Parameters: import_id. Only where caudal.undo_import names the import: the guards of the ledger ask it, and look
-- at the payment or charge of each row, so that these go later. Idempotent: a second time deletes nothing.
DELETE FROM receivables_allocation
WHERE payment_id IN (SELECT id FROM receivables_payment WHERE import_id = %(import_id)s);
DELETE FROM receivables_ledgerentry
WHERE payment_id IN (SELECT id FROM receivables_payment WHERE import_id = %(import_id)s);
DELETE FROM receivables_payment WHERE import_id = %(import_id)s;
DELETE FROM receivables_ledgerentry WHERE charge_id IN (
    SELECT c.id FROM billing_charge c JOIN billing_invoice i ON i.id = c.invoice_id WHERE i.import_id = %(import_id)s);
DELETE FROM receivables_openinvoice
WHERE invoice_id IN (SELECT id FROM billing_invoice WHERE import_id = %(import_id)s)
