-- 2: number order agrees with issue time. One row per document that was issued before a lower number.
SELECT 'invoice ' || number, format('issued at %s, number %s at %s', issued_at, number - 1, before)
FROM (
    SELECT i.number, i.issued_at, lag(i.issued_at) OVER (PARTITION BY i.series_id ORDER BY i.number) AS before
    FROM billing_invoice i JOIN billing_series s ON s.id = i.series_id WHERE s.kind <> 'imported') AS ordered
WHERE before > issued_at
