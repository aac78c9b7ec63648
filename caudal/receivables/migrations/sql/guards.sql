-- The ledger is history; the caps over sums are held here, under the account's row lock that operations take.

CREATE FUNCTION receivables_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (
        SELECT caudal_undoing(i.import_id) FROM billing_charge c JOIN billing_invoice i ON i.id = c.invoice_id
        WHERE c.id = OLD.charge_id) THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'ledger entry % is history: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_append_only';
END $$;

CREATE TRIGGER entry_guard BEFORE UPDATE OR DELETE ON receivables_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION receivables_entry_guard();

CREATE TRIGGER allocation_append_only BEFORE UPDATE OR DELETE ON receivables_allocation
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();

CREATE FUNCTION receivables_payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.reversed_on IS NULL AND NEW.reversed_on IS NOT NULL
        AND (to_jsonb(NEW) - '{reversed_on,reversed_by,reversal_reason}'::text[])
          = (to_jsonb(OLD) - '{reversed_on,reversed_by,reversal_reason}'::text[]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'payment % is posted: % is refused', OLD.number, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_immutable';
END $$;

CREATE TRIGGER payment_guard BEFORE UPDATE OR DELETE ON receivables_payment
    FOR EACH ROW EXECUTE FUNCTION receivables_payment_guard();

-- Statement trigger with a transition table: one pass for a batch of any size.
CREATE FUNCTION receivables_allocation_caps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad bigint;
BEGIN
    SELECT t.payment_id INTO bad FROM (SELECT DISTINCT payment_id FROM fresh) t
        JOIN receivables_payment p ON p.id = t.payment_id
        CROSS JOIN LATERAL (SELECT sum(amount) AS settled FROM receivables_allocation a WHERE a.payment_id = p.id) s
        WHERE s.settled NOT BETWEEN 0 AND CASE WHEN p.reversed_on IS NULL THEN p.amount ELSE 0 END LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocations of payment % leave its amount', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'allocation_within_payment';
    END IF;
    SELECT t.charge_id INTO bad FROM (SELECT DISTINCT charge_id FROM fresh) t
        JOIN billing_charge c ON c.id = t.charge_id
        CROSS JOIN LATERAL (SELECT sum(amount) AS settled FROM receivables_allocation a WHERE a.charge_id = c.id) s
        WHERE s.settled NOT BETWEEN 0 AND CASE WHEN c.live THEN c.total ELSE 0 END LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocations of charge % leave its total', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'allocation_within_charge';
    END IF;
    SELECT f.id INTO bad FROM fresh f
        JOIN receivables_payment p ON p.id = f.payment_id
        JOIN billing_charge c ON c.id = f.charge_id
        JOIN billing_invoice i ON i.id = c.invoice_id
        WHERE i.account_id <> p.account_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation % joins two accounts', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'allocation_one_account';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER allocation_caps AFTER INSERT ON receivables_allocation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_allocation_caps();
