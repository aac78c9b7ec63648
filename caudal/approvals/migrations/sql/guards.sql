-- Who asked for what never changes, nor what was decided; nothing is deleted.
CREATE FUNCTION approvals_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'waiting'
       AND (NEW.kind, NEW.object_type, NEW.object_id, NEW.payload, NEW.asked_by_id, NEW.asked_by, NEW.asked_at)
         = (OLD.kind, OLD.object_type, OLD.object_id, OLD.payload, OLD.asked_by_id, OLD.asked_by, OLD.asked_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'approval %: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_kept';
END $$;

CREATE TRIGGER approval_is_kept BEFORE UPDATE OR DELETE ON approvals_approval
    FOR EACH ROW EXECUTE FUNCTION approvals_keep();
