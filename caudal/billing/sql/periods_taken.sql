-- Which periods of some subscriptions are billed. Parameters: subscription_ids bigint[]. Grain: a live charge. Reads only.
SELECT subscription_id, period_id FROM billing_charge
WHERE live AND period_id IS NOT NULL AND subscription_id = ANY (%(subscription_ids)s::bigint[])
