-- 3: one live charge per subscription, service and period; live consumption spans never overlap.
SELECT 'subscription ' || subscription_id, format('%s live charges of period %s', count(*), period_id)
FROM billing_charge
WHERE live AND subscription_id IS NOT NULL AND period_id IS NOT NULL
GROUP BY subscription_id, service_id, period_id HAVING count(*) > 1
UNION ALL
SELECT 'charge ' || id, format('starts on %s, the one before ends on %s', covers_from, before)
FROM (
    SELECT id, covers_from, lag(covers_to) OVER (PARTITION BY subscription_id ORDER BY covers_from, covers_to) AS before
    FROM billing_charge WHERE live AND to_reading_id IS NOT NULL AND subscription_id IS NOT NULL) AS spans
WHERE before > covers_from
