-- 11: one payment per provider reference and per idempotency key; a provider's event is taken once; an intent is
-- paid when, and only when, a payment stands behind it.
SELECT 'payment key ' || idempotency_key, format('%s payments', count(*))
FROM receivables_payment GROUP BY idempotency_key HAVING count(*) > 1
UNION ALL
SELECT 'reference ' || provider_reference, format('%s payments', count(*))
FROM receivables_payment WHERE provider_reference <> '' GROUP BY provider, provider_reference HAVING count(*) > 1
UNION ALL
SELECT 'event ' || event_id, format('%s times', count(*))
FROM receivables_providerevent GROUP BY provider, event_id HAVING count(*) > 1
UNION ALL
SELECT 'intent ' || id, 'state ' || state || CASE WHEN payment_id IS NULL THEN ' without' ELSE ' with' END || ' a payment'
FROM receivables_paymentintent WHERE (state = 'paid') <> (payment_id IS NOT NULL) AND state <> 'parked'
