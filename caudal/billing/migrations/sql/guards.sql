-- Issued documents never change. Only a void may be written, once; only its charges may leave the living.

CREATE FUNCTION billing_invoice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.origin = 'imported' AND caudal_undoing(OLD.import_id) THEN RETURN OLD; END IF;
    ELSIF OLD.voided_on IS NULL
        AND (to_jsonb(NEW) - '{voided_on,voided_by,void_reason}'::text[])
          = (to_jsonb(OLD) - '{voided_on,voided_by,void_reason}'::text[])
        AND NEW.voided_on IS NOT NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_immutable';
END $$;

CREATE TRIGGER invoice_guard BEFORE UPDATE OR DELETE ON billing_invoice
    FOR EACH ROW EXECUTE FUNCTION billing_invoice_guard();

CREATE FUNCTION billing_charge_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF (SELECT caudal_undoing(import_id) FROM billing_invoice WHERE id = OLD.invoice_id) THEN RETURN OLD; END IF;
    ELSIF OLD.live AND NOT NEW.live AND (to_jsonb(NEW) - 'live') = (to_jsonb(OLD) - 'live')
        AND (SELECT voided_on IS NOT NULL FROM billing_invoice WHERE id = OLD.invoice_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'charge % is issued: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'charge_immutable';
END $$;

CREATE TRIGGER charge_guard BEFORE UPDATE OR DELETE ON billing_charge
    FOR EACH ROW EXECUTE FUNCTION billing_charge_guard();

-- A series only counts upwards.
CREATE FUNCTION billing_series_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_number < OLD.last_number AND NOT caudal_undoing(
        nullif(current_setting('caudal.undo_import', true), '')::bigint) THEN
        RAISE EXCEPTION 'series % may not count back', OLD.code
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'series_counts_up';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER series_guard BEFORE UPDATE ON billing_series
    FOR EACH ROW EXECUTE FUNCTION billing_series_guard();
