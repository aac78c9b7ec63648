-- Purpose: a deleted row is looked for in every table that may point at it; where the bill run does without an index
-- for speed, that would be a walk through the whole table for each row. For the length of an undo there are indexes.
-- No parameters. Writers of these tables wait until the undo ends. Dropped by drop_undo_indexes.
CREATE INDEX undo_charge_subscription ON billing_charge (subscription_id);
CREATE INDEX undo_charge_from_reading ON billing_charge (from_reading_id);
CREATE INDEX undo_charge_to_reading ON billing_charge (to_reading_id);
CREATE INDEX undo_entry_charge ON receivables_ledgerentry (charge_id);
CREATE INDEX undo_entry_payment ON receivables_ledgerentry (payment_id);
CREATE INDEX undo_message_invoice ON notices_message (invoice_id);
CREATE INDEX undo_message_payment ON notices_message (payment_id);
CREATE INDEX undo_message_party ON notices_message (party_id)
