-- The sets of what is open follow the allocations; imported payments may be taken back by the undo of their import.

CREATE FUNCTION receivables_payment_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO receivables_opencredit (payment_id, account_id) SELECT id, account_id FROM fresh;
    RETURN NULL;
END $$;

CREATE TRIGGER payment_opens AFTER INSERT ON receivables_payment
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_payment_opens();

CREATE FUNCTION receivables_payment_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM receivables_allocation WHERE payment_id = OLD.id) <> 0 THEN
        RAISE EXCEPTION 'payment % still settles something', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'allocation_within_payment';
    END IF;
    DELETE FROM receivables_opencredit WHERE payment_id = OLD.id;
    RETURN NULL;
END $$;

CREATE TRIGGER payment_closes AFTER UPDATE OR DELETE ON receivables_payment
    FOR EACH ROW EXECUTE FUNCTION receivables_payment_closes();

-- Runs after allocation_caps (triggers fire by name): the sums are known to be within their caps.
CREATE FUNCTION receivables_allocation_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH touched AS (
        SELECT p.id, p.account_id,
            p.reversed_on IS NULL AND p.amount > (
                SELECT sum(a.amount) FROM receivables_allocation a WHERE a.payment_id = p.id) AS open
        FROM (SELECT DISTINCT payment_id FROM fresh) f JOIN receivables_payment p ON p.id = f.payment_id
    ), closed AS (
        DELETE FROM receivables_opencredit o USING touched t WHERE o.payment_id = t.id AND NOT t.open
    )
    INSERT INTO receivables_opencredit (payment_id, account_id) SELECT id, account_id FROM touched WHERE open
    ON CONFLICT (payment_id) DO NOTHING;

    WITH touched AS (
        SELECT i.id, i.account_id,
            i.voided_on IS NULL AND i.total > coalesce((
                SELECT sum(a.amount) FROM billing_charge c JOIN receivables_allocation a ON a.charge_id = c.id
                WHERE c.invoice_id = i.id), 0) AS open
        FROM (SELECT DISTINCT c.invoice_id FROM fresh JOIN billing_charge c ON c.id = fresh.charge_id) f
        JOIN billing_invoice i ON i.id = f.invoice_id
    ), closed AS (
        DELETE FROM receivables_openinvoice o USING touched t WHERE o.invoice_id = t.id AND NOT t.open
    )
    INSERT INTO receivables_openinvoice (invoice_id, account_id) SELECT id, account_id FROM touched WHERE open
    ON CONFLICT (invoice_id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER allocation_opens AFTER INSERT ON receivables_allocation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_allocation_opens();

CREATE OR REPLACE FUNCTION receivables_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (
        EXISTS (SELECT 1 FROM billing_charge c JOIN billing_invoice i ON i.id = c.invoice_id
            WHERE c.id = OLD.charge_id AND caudal_undoing(i.import_id))
        OR EXISTS (SELECT 1 FROM receivables_payment p WHERE p.id = OLD.payment_id AND caudal_undoing(p.import_id)))
    THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'ledger entry % is history: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_append_only';
END $$;

CREATE FUNCTION receivables_allocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM receivables_payment p WHERE p.id = OLD.payment_id AND caudal_undoing(p.import_id))
    THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'allocation % is history: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'receivables_allocation_append_only';
END $$;

DROP TRIGGER allocation_append_only ON receivables_allocation;
CREATE TRIGGER allocation_append_only BEFORE UPDATE OR DELETE ON receivables_allocation
    FOR EACH ROW EXECUTE FUNCTION receivables_allocation_guard();

CREATE OR REPLACE FUNCTION receivables_payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF caudal_undoing(OLD.import_id) THEN RETURN OLD; END IF;
    ELSIF OLD.reversed_on IS NULL AND NEW.reversed_on IS NOT NULL
        AND (to_jsonb(NEW) - '{reversed_on,reversed_by,reversal_reason}'::text[])
          = (to_jsonb(OLD) - '{reversed_on,reversed_by,reversal_reason}'::text[]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'payment % is posted: % is refused', OLD.number, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_immutable';
END $$;
