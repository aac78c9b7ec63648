-- Purpose: the holders of a slice of accounts, as their invoices will freeze them.
-- Grain: one row per account. Parameters: first, last (account ids, inclusive).
SELECT a.id,
       json_build_object(
           'name', CASE p.kind WHEN 'juridical' THEN p.legal_name ELSE btrim(p.given_names || ' ' || p.surnames) END,
           'identification_type', p.identification_type,
           'identification', p.identification,
           'address', p.address,
           'email', p.email)::text,
       to_json(a.number)::text
FROM billing_account a
JOIN registry_party p ON p.id = a.holder_id
WHERE a.id BETWEEN %(first)s AND %(last)s
