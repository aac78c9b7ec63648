-- Purpose: of which services lateness costs something that falls once, by the `conditions` of the invoices concerned.
-- Grain: a state of a service, of its first conditions and up to the next state's. Reads only.
SELECT service_id, first, upto, held FROM billing_service_conditions
WHERE jsonb_path_exists(held, '$[*] ? (@.kind == "flat" || @.kind == "fixed")')
ORDER BY service_id, first
