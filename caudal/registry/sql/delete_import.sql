-- Purpose: the people and sectors that an import brought go again.
-- Parameters: import_id. Idempotent. What was built on them is refused by the foreign keys.
DELETE FROM registry_party WHERE import_id = %(import_id)s;
DELETE FROM registry_sector WHERE import_id = %(import_id)s
