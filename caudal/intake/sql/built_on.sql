-- What has been built on the rows of an import since, as a code: the first thing found that stands in the way of its undo.
-- Parameters: import_id. Grain: one row, or none. Reads only, and no further than what it finds.
WITH accounts AS (SELECT id FROM billing_account WHERE import_id = %(import_id)s),
connections AS (SELECT id FROM metering_connection WHERE import_id = %(import_id)s),
invoices AS (SELECT id FROM billing_invoice WHERE import_id = %(import_id)s)
SELECT 'invoices' WHERE EXISTS (
    SELECT 1 FROM billing_invoice i
    WHERE (i.account_id IN (SELECT id FROM accounts) OR i.connection_id IN (SELECT id FROM connections))
      AND i.import_id IS DISTINCT FROM %(import_id)s)
UNION ALL
SELECT 'payments' WHERE EXISTS (
    SELECT 1 FROM receivables_payment p
    WHERE p.import_id IS DISTINCT FROM %(import_id)s AND (
        p.account_id IN (SELECT id FROM accounts) OR EXISTS (
            SELECT 1 FROM receivables_allocation a JOIN billing_charge c ON c.id = a.charge_id
            WHERE a.payment_id = p.id AND c.invoice_id IN (SELECT id FROM invoices))))
UNION ALL
SELECT 'voids' WHERE EXISTS (
    SELECT 1 FROM billing_invoice i JOIN intake_import m ON m.id = i.import_id
    WHERE i.import_id = %(import_id)s AND i.voided_on >= (m.applied_at AT TIME ZONE 'UTC')::date)
UNION ALL
SELECT 'readings' WHERE EXISTS (
    SELECT 1 FROM metering_installation i JOIN metering_reading r ON r.installation_id = i.id
    WHERE i.import_id = %(import_id)s AND r.import_id IS DISTINCT FROM %(import_id)s)
OR EXISTS (
    SELECT 1 FROM metering_reading b JOIN metering_reading r ON r.previous_id = b.id
    WHERE b.import_id = %(import_id)s AND r.import_id IS DISTINCT FROM %(import_id)s)
UNION ALL
SELECT 'reviews' WHERE EXISTS (
    SELECT 1 FROM metering_reading WHERE import_id = %(import_id)s AND reviewed_at IS NOT NULL)
UNION ALL
SELECT 'billed_readings' WHERE EXISTS (
    SELECT 1 FROM billing_charge
    WHERE to_reading_id IN (SELECT id FROM metering_reading WHERE import_id = %(import_id)s)
       OR from_reading_id IN (SELECT id FROM metering_reading WHERE import_id = %(import_id)s))
UNION ALL
SELECT 'services' WHERE EXISTS (
    SELECT 1 FROM billing_subscription s
    WHERE (s.account_id IN (SELECT id FROM accounts) OR s.connection_id IN (SELECT id FROM connections))
      AND s.import_id IS DISTINCT FROM %(import_id)s)
UNION ALL
SELECT 'people' WHERE EXISTS (
    SELECT 1 FROM registry_party p
    WHERE p.import_id = %(import_id)s AND (
        p.user_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM notices_message m WHERE m.party_id = p.id)
        OR EXISTS (SELECT 1 FROM notices_preference w WHERE w.party_id = p.id)
        OR EXISTS (SELECT 1 FROM billing_account a
                   WHERE a.holder_id = p.id AND a.import_id IS DISTINCT FROM %(import_id)s)))
LIMIT 1
