-- Purpose: the readings, stays, meters and connections that an import brought go again.
-- Parameters: import_id. Idempotent. What was built on them is refused by the foreign keys.
DELETE FROM metering_alert WHERE reading_id IN (SELECT id FROM metering_reading WHERE import_id = %(import_id)s);
DELETE FROM metering_reading WHERE import_id = %(import_id)s;
DELETE FROM metering_installation WHERE import_id = %(import_id)s;
DELETE FROM metering_meter WHERE import_id = %(import_id)s;
DELETE FROM metering_connection WHERE import_id = %(import_id)s
