-- Published versions of a tariff never overlap, and never change but for the day they end.
ALTER TABLE tariffs_tariffversion ADD CONSTRAINT tariff_version_no_overlap
    EXCLUDE USING gist (int8range(tariff_id, tariff_id, '[]') WITH &&, daterange(valid_from, valid_to) WITH &&)
    WHERE (published_at IS NOT NULL);

CREATE FUNCTION tariffs_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NULL
        OR (TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'valid_to') = (to_jsonb(OLD) - 'valid_to')) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'tariff version % is published: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tariff_version_immutable';
END $$;

CREATE TRIGGER tariff_version_guard BEFORE UPDATE OR DELETE ON tariffs_tariffversion
    FOR EACH ROW EXECUTE FUNCTION tariffs_version_guard();
