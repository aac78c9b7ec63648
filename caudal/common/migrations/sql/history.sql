-- The history: the changes of rows, and what a seal hashes.

-- For each statement, not for each row: what a COPY of thousands of rows brought is written by one INSERT. Its
-- argument: columns that are no news (derived, counters). What an import brings or takes back is told by the import.
CREATE FUNCTION caudal_row_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    quiet text[] := TG_ARGV[0]::text[] || '{version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO common_rowchange (role, table_name, row_id, verb, after)
        SELECT session_user, TG_TABLE_NAME, n.id, 'insert', to_jsonb(n) - quiet - 'password'
        FROM new_rows n WHERE to_jsonb(n) ->> 'import_id' IS NULL;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO common_rowchange (role, table_name, row_id, verb, before)
        SELECT session_user, TG_TABLE_NAME, o.id, 'delete', to_jsonb(o) - quiet - 'password'
        FROM old_rows o WHERE NOT coalesce(caudal_undoing((to_jsonb(o) ->> 'import_id')::bigint), false);
    ELSE
        INSERT INTO common_rowchange (role, table_name, row_id, verb, before, after)
        SELECT session_user, TG_TABLE_NAME, id, 'update', changed.before, changed.after
        FROM (SELECT o.id, to_jsonb(o) - quiet AS before, to_jsonb(n) - quiet AS after
              FROM old_rows o JOIN new_rows n ON n.id = o.id
              OFFSET 0) pair, -- kept apart, or each row would become JSON anew for each of its columns
            LATERAL (
                -- A password is never told, only that it is another one.
                SELECT jsonb_object_agg(b.key, CASE b.key WHEN 'password' THEN 'null' ELSE b.value END) AS before,
                    jsonb_object_agg(b.key, CASE b.key WHEN 'password' THEN 'null' ELSE pair.after -> b.key END) AS after
                FROM jsonb_each(pair.before) b WHERE b.value <> pair.after -> b.key) changed
        WHERE pair.before <> pair.after;
    END IF;
    RETURN NULL;
END $$;

-- One line in a migration gives a table (with a numeric `id`) its history: SELECT caudal_keep_history('registry_party',
-- 'search_text', 'sort_key'); the columns named are no news.
CREATE FUNCTION caudal_keep_history(kept regclass, VARIADIC quiet text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    event text;
    seen text;
BEGIN
    FOR event, seen IN VALUES ('insert', 'NEW TABLE AS new_rows'), ('delete', 'OLD TABLE AS old_rows'),
                              ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows') LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER history_%s AFTER %s ON %s REFERENCING %s'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION caudal_row_history(%L)',
                       event, event, kept, seen, quiet::text);
    END LOOP;
END $$;

-- Arrays of JSON have one text for one content, whoever asks and wherever it was restored.
CREATE FUNCTION caudal_record_digest(r common_auditrecord) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        r.id, (extract(epoch FROM r.at) * 1000000)::bigint, r.actor_id, r.actor_label, r.kind, r.object_type,
        r.object_id, r.before, r.after, r.transaction)::text, 'UTF8'))
$$;

CREATE FUNCTION caudal_row_digest(r common_rowchange) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        r.id, (extract(epoch FROM r.at) * 1000000)::bigint, r.transaction, r.role, r.table_name, r.row_id, r.verb,
        r.before, r.after)::text, 'UTF8'))
$$;

CREATE FUNCTION caudal_seal_digest(
    previous bytea, at timestamptz, records text, rows text, record_digests bytea, row_digests bytea
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(
        (extract(epoch FROM at) * 1000000)::bigint || '|' || records || '|' || rows || '|', 'UTF8')
        || record_digests || row_digests)
$$;

CREATE TRIGGER row_change_append_only BEFORE UPDATE OR DELETE ON common_rowchange
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON common_auditseal
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
