-- The end of undo_indexes. No parameters.
DROP INDEX undo_charge_subscription, undo_charge_from_reading, undo_charge_to_reading, undo_entry_charge,
    undo_entry_payment, undo_message_invoice, undo_message_payment, undo_message_party
