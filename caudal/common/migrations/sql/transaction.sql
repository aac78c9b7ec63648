-- Unique for ever: after a restore the numbers of transactions begin anew, their instants do not.
CREATE FUNCTION caudal_transaction() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT pg_current_xact_id()::text || '@' || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint
$$;
