-- Purpose: the accounts that were ever charged for some properties and licences.
-- Parameters: property_ids bigint[]; licence_ids bigint[].
-- Grain: a row per account. Reads only.
SELECT account_id FROM billing_subscription
WHERE property_id = ANY (%(property_ids)s::bigint[])
   OR licence_id = ANY (%(licence_ids)s::bigint[])
   OR connection_id IN (SELECT id FROM metering_connection WHERE property_id = ANY (%(property_ids)s::bigint[]))
UNION
SELECT account_id FROM billing_invoice
WHERE connection_id IN (SELECT id FROM metering_connection WHERE property_id = ANY (%(property_ids)s::bigint[]))
UNION
SELECT account_id FROM billing_oneoff WHERE property_id = ANY (%(property_ids)s::bigint[])
ORDER BY account_id
