-- What documents say beside their own rows is kept as it changes, so that a reprint says what the bill said and a debt
-- bears the interest that its bill told of.

-- A change waits for the one before it to be committed, so that ids are in the order in which they became known: a
-- document that was issued under an id never sees a lower one appear later.
-- Its arguments: the columns that documents say.
CREATE FUNCTION billing_keep_conditions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own bigint := CASE WHEN TG_TABLE_NAME = 'tariffs_service' THEN NEW.id END;
    says jsonb;
    late jsonb;
BEGIN
    SELECT jsonb_object_agg(key, value) INTO says FROM jsonb_each(to_jsonb(NEW)) WHERE key = ANY (TG_ARGV);
    IF says = (SELECT said FROM billing_conditions WHERE service_id IS NOT DISTINCT FROM own ORDER BY id DESC LIMIT 1) THEN
        RETURN NULL;
    END IF;
    late := coalesce(says -> 'late_policies', '[]');
    PERFORM pg_advisory_xact_lock(hashtext('billing_conditions'));
    UPDATE billing_conditions SET held = billing_held(held, late, billing_today())
    WHERE service_id = own AND held <> billing_held(held, late, billing_today());
    INSERT INTO billing_conditions (service_id, said, held) VALUES (own, says, late);
    RETURN NULL;
END $$;

CREATE FUNCTION billing_today() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (clock_timestamp() AT TIME ZONE coalesce((SELECT timezone FROM registry_organisation), 'UTC'))::date
$$;

-- The late policies of issued debts when those of their service change on a day: what was printed holds, but interest
-- is that of each day, so rates dated later than the day take the place of those that were. What falls once was printed
-- as an amount and stays as it is.
CREATE FUNCTION billing_held(held jsonb, changed jsonb, today date) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(CASE WHEN n.rates IS NULL THEN p.policy ELSE jsonb_set(p.policy, '{rates}', (
        SELECT coalesce(jsonb_agg(r.rate ORDER BY r.age, r.place), '[]') FROM (
            SELECT 1 AS age, k.rate, k.place FROM jsonb_array_elements(p.policy -> 'rates') WITH ORDINALITY k (rate, place)
            WHERE coalesce(k.rate ->> 'from', '') <= today::text
            UNION ALL
            SELECT 2, d.rate, d.place FROM jsonb_array_elements(n.rates) WITH ORDINALITY d (rate, place)
            WHERE d.rate ->> 'from' > today::text) r)) END ORDER BY p.place), '[]')
    FROM jsonb_array_elements(held) WITH ORDINALITY p (policy, place)
    LEFT JOIN LATERAL (
        SELECT c.policy -> 'rates' AS rates FROM jsonb_array_elements(changed) c (policy)
        WHERE p.policy ->> 'kind' NOT IN ('flat', 'fixed') AND c.policy ->> 'kind' = p.policy ->> 'kind'
            AND coalesce(c.policy ->> 'code', '') = coalesce(p.policy ->> 'code', '')
        LIMIT 1) n ON true
$$;

-- Kept as they are, but for `held`, and that by the trigger above alone.
CREATE FUNCTION billing_conditions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND to_jsonb(NEW) - 'held' = to_jsonb(OLD) - 'held' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'conditions % were issued under: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'conditions_append_only';
END $$;

CREATE TRIGGER conditions_guard BEFORE UPDATE OR DELETE ON billing_conditions
    FOR EACH ROW EXECUTE FUNCTION billing_conditions_guard();

CREATE TRIGGER conditions_kept AFTER INSERT OR UPDATE ON registry_organisation FOR EACH ROW
    EXECUTE FUNCTION billing_keep_conditions('name', 'kind', 'country', 'identification', 'address', 'phone', 'email',
        'base_url', 'claims_text', 'currency', 'symbol', 'minor_units', 'point', 'group', 'locale', 'timezone',
        'interest_mode', 'vocabulary', 'logo_svg');
CREATE TRIGGER conditions_kept AFTER INSERT OR UPDATE ON tariffs_service FOR EACH ROW
    EXECUTE FUNCTION billing_keep_conditions('code', 'name', 'kind', 'unit', 'billing_months', 'presentation',
        'tax_name', 'late_policies');

-- What is known now holds for what was issued before: no other state is left of it.
UPDATE registry_organisation SET name = name;
UPDATE tariffs_service SET name = name;

CREATE FUNCTION billing_conditions_now() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(id), 0) FROM billing_conditions
$$;

-- From which `conditions` of a document on a row of a service counts, and up to which; the first one from the beginning.
CREATE VIEW billing_service_conditions AS
SELECT id, service_id, said, held,
    CASE WHEN row_number() OVER own = 1 THEN 0 ELSE id END AS first,
    lead(id, 1, 2147483647) OVER own AS upto
FROM billing_conditions WHERE service_id IS NOT NULL
WINDOW own AS (PARTITION BY service_id ORDER BY id);
