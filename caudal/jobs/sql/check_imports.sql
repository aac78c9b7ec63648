-- 17: an import is all or nothing: only applied imports have rows, and undone ones left none.
SELECT 'import ' || made.import_id, format('%s rows in %s although it is %s', made.n, made.kept_in,
       coalesce(i.state, 'gone'))
FROM (
    SELECT import_id, 'parties' AS kept_in, count(*) AS n FROM registry_party WHERE import_id IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT import_id, 'readings', count(*) FROM metering_reading WHERE import_id IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT import_id, 'invoices', count(*) FROM billing_invoice WHERE import_id IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT import_id, 'accounts', count(*) FROM billing_account WHERE import_id IS NOT NULL GROUP BY 1) AS made
LEFT JOIN intake_import i ON i.id = made.import_id
WHERE i.state IS DISTINCT FROM 'applied'
