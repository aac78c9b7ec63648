-- Purpose: what connections were charged for a month by their readings, for those that are still to be priced with them.
-- What a form or an import charged has no tariff among its inputs, and is no part of a sum.
-- Grain: one row per live charge. Parameters: subscriptions, periods.
SELECT c.subscription_id, m.unit,
       coalesce(c.explanation #>> '{inputs,account,usage}', c.explanation #>> '{inputs,usage}')::numeric,
       c.net, c.covers_from, c.covers_to
FROM billing_charge c
JOIN metering_reading r ON r.id = c.to_reading_id
JOIN metering_installation i ON i.id = r.installation_id
JOIN metering_meter m ON m.id = i.meter_id
WHERE c.subscription_id = ANY (%(subscriptions)s::bigint[])
  AND c.period_id = ANY (%(periods)s::bigint[])
  AND c.live
  AND c.explanation #>> '{inputs,segments}' IS NOT NULL
  AND c.explanation #>> '{inputs,usage}' IS NOT NULL
