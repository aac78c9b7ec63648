-- What was granted before is from the day, where the town is, on which it was granted.
UPDATE registry_propertyaccess SET valid_from = (granted_at AT TIME ZONE coalesce(
    (SELECT timezone FROM registry_organisation LIMIT 1), 'UTC'))::date;
ALTER TABLE registry_propertyaccess ALTER COLUMN valid_from SET NOT NULL;
-- Nobody is granted a property twice on one day.
ALTER TABLE registry_propertyaccess ADD CONSTRAINT property_access_no_overlap
    EXCLUDE USING gist (int8range(user_id, user_id, '[]') WITH &&,
                        int8range(property_id, property_id, '[]') WITH &&,
                        daterange(valid_from, valid_to) WITH &&);
