-- Purpose: keep what a provider told, once. A repetition waits for the first one to commit and adds nothing.
-- Parameters: provider, event_id text; intent_id uuid or NULL; body jsonb.
-- Grain: a provider's event. Idempotency: provider_event_once. Answers the id, or no row for a repetition.
INSERT INTO receivables_providerevent (provider, event_id, intent_id, body, outcome)
VALUES (%(provider)s, %(event_id)s, %(intent_id)s, %(body)s::jsonb, 'received')
ON CONFLICT (provider, event_id) DO NOTHING
RETURNING id
