-- 26: a service that was cancelled as never taken lasts no day and is charged nothing. Grain: one row per breach.
SELECT 'subscription ' || s.id, 'was never taken, and lasts until ' || coalesce(s.valid_to::text, 'further notice')
FROM billing_subscription s
WHERE s.cancelled_on IS NOT NULL AND s.valid_to IS DISTINCT FROM s.valid_from
UNION ALL
SELECT 'charge ' || c.id, 'is of subscription ' || s.id || ', which was never taken'
FROM billing_subscription s
JOIN billing_charge c ON c.subscription_id = s.id AND c.live
WHERE s.cancelled_on IS NOT NULL
