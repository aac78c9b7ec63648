-- Purpose: the connections of a slice of accounts: as invoices freeze them, and the attributes that prices ask for.
-- Grain: one row per connection. Parameters: first, last (account ids, inclusive), services.
SELECT n.id,
       json_build_object('number', n.number, 'address', n.address, 'sector', coalesce(z.name, ''),
                         'route', coalesce(r.code, ''), 'order', n.route_order)::text,
       n.attributes::text,
       n.limit_m3,
       coalesce(z.name, '')
FROM metering_connection n
LEFT JOIN registry_sector z ON z.id = n.sector_id
LEFT JOIN registry_route r ON r.id = n.route_id
WHERE n.id IN (
    SELECT s.connection_id FROM billing_subscription s
    WHERE s.account_id BETWEEN %(first)s AND %(last)s AND s.service_id = ANY (%(services)s::bigint[]))
