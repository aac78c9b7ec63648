-- Meters that stand somewhere, by serial key, with their place and who holds it.
-- Parameters: keys text[]. Grain: one row per standing meter. Reads only.
SELECT m.serial_key, m.serial, m.brand, i.id, i.installed_on, c.id, c.number, c.active, c.address,
       coalesce(z.name, ''), a.id, coalesce(p.identification_key, '')
FROM metering_meter m
JOIN metering_installation i ON i.meter_id = m.id AND i.removed_on IS NULL
JOIN metering_connection c ON c.id = i.connection_id
LEFT JOIN registry_sector z ON z.id = c.sector_id
LEFT JOIN LATERAL (
    SELECT account_id FROM billing_subscription
    WHERE connection_id = c.id ORDER BY valid_to DESC NULLS FIRST, id DESC LIMIT 1) s ON true
LEFT JOIN billing_account a ON a.id = s.account_id
LEFT JOIN registry_party p ON p.id = a.holder_id
WHERE m.serial_key = ANY (%(keys)s::text[])
