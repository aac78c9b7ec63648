-- 11: one payment per provider reference and per idempotency key; a provider's event is taken once; an intent is
-- paid when, and only when, each of its parts has its payment, on the part's own account and for its amount; the parts
-- add up to what the provider was asked for, and what shares a reference was one intent.
SELECT 'payment key ' || idempotency_key, format('%s payments', count(*))
FROM receivables_payment GROUP BY idempotency_key HAVING count(*) > 1
UNION ALL
SELECT 'reference ' || provider_reference, format('%s payments', count(*))
FROM receivables_payment WHERE provider_reference <> ''
GROUP BY provider, provider_reference, provider_part HAVING count(*) > 1
UNION ALL
SELECT 'reference ' || y.provider_reference, format('%s payments of %s intents', count(*), count(DISTINCT t.intent_id))
FROM receivables_payment y LEFT JOIN receivables_intentpart t ON t.payment_id = y.id
WHERE y.provider_reference <> '' GROUP BY y.provider, y.provider_reference
HAVING count(*) > 1 AND (count(t.id) < count(*) OR count(DISTINCT t.intent_id) > 1)
UNION ALL
SELECT 'event ' || event_id, format('%s times', count(*))
FROM receivables_providerevent GROUP BY provider, event_id HAVING count(*) > 1
UNION ALL
SELECT 'intent ' || i.id, format('state %s, %s of %s parts with a payment', i.state, count(t.payment_id), count(t.id))
FROM receivables_paymentintent i LEFT JOIN receivables_intentpart t ON t.intent_id = i.id
GROUP BY i.id HAVING count(t.id) = 0 OR count(t.payment_id) <> CASE i.state WHEN 'paid' THEN count(t.id) ELSE 0 END
UNION ALL
SELECT 'intent ' || i.id, format('parts of %s in %s', sum(t.amount), i.amount)
FROM receivables_paymentintent i JOIN receivables_intentpart t ON t.intent_id = i.id
GROUP BY i.id HAVING sum(t.amount) <> i.amount
UNION ALL
SELECT 'intent part ' || t.id, format('payment %s of account %s and %s', y.number, y.account_id, y.amount)
FROM receivables_intentpart t JOIN receivables_payment y ON y.id = t.payment_id
WHERE y.account_id <> t.account_id OR y.amount <> t.amount
