-- 1: numbers of a series are unique, contiguous from its first, and the counter equals the highest.
-- Imported series need only be unique, which their index holds. One row per series that fails.
WITH used AS (
    SELECT series_id, number FROM billing_invoice
    UNION ALL SELECT series_id, number FROM receivables_payment
), summed AS (
    SELECT s.code, s.first_number, s.last_number, count(u.number) AS n, count(DISTINCT u.number) AS different,
           min(u.number) AS lowest, max(u.number) AS highest
    FROM billing_series s LEFT JOIN used u ON u.series_id = s.id
    WHERE s.kind <> 'imported'
    GROUP BY s.id
)
SELECT 'series ' || code,
       format('%s numbers (%s different) from %s to %s, counter %s', n, different, lowest, highest, last_number)
FROM summed
WHERE n <> different OR n <> last_number - first_number + 1
   OR (n > 0 AND (lowest <> first_number OR highest <> last_number))
