-- A meter is at one place at a time.
ALTER TABLE metering_installation ADD CONSTRAINT installation_one_place
    EXCLUDE USING gist (int8range(meter_id, meter_id, '[]') WITH &&, daterange(installed_on, removed_on) WITH &&);
