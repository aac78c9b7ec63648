-- 3: one live charge per subscription, service and period; live consumption spans never overlap.
SELECT 'subscription ' || subscription_id, format('%s live charges of period %s', count(*), period_id)
FROM billing_charge
WHERE live AND subscription_id IS NOT NULL AND period_id IS NOT NULL
GROUP BY subscription_id, service_id, period_id HAVING count(*) > 1
UNION ALL
SELECT 'charge ' || id, format('starts on %s, the one before ends on %s', covers_from, before)
FROM (
    -- Also where the connection changed hands: what one account was billed of its meter is not another's.
    SELECT c.id, c.covers_from, lag(c.covers_to) OVER (
        PARTITION BY s.connection_id, c.service_id ORDER BY c.covers_from, c.covers_to) AS before
    FROM billing_charge c JOIN billing_subscription s ON s.id = c.subscription_id
    WHERE c.live AND c.to_reading_id IS NOT NULL) AS spans
WHERE before > covers_from
