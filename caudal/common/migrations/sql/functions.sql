-- Guards that every stage's triggers share.

-- Rows that are history: no update, no delete. The rows of an import may be deleted by its undo, which names the
-- import in caudal.undo_import; the stage's own trigger passes the import of the row as the result of a query.
CREATE FUNCTION caudal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are history', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;

CREATE FUNCTION caudal_undoing(import_id bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT import_id IS NOT NULL AND current_setting('caudal.undo_import', true) = import_id::text
$$;

CREATE UNLOGGED TABLE cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX cache_expires ON cache (expires);

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON common_auditrecord
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
