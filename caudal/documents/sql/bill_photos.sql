-- Purpose: the photo of the reading on the bill of one meter, as it was when the bill was issued.
-- Grain: at most one row per invoice. Parameters: invoice_ids.
SELECT DISTINCT ON (i.id) i.id, p.thumbnail
FROM billing_invoice i
JOIN metering_evidence e
    ON e.reading_id = (i.frozen #>> '{meters,0,to_reading}')::bigint AND e.added_at <= i.issued_at
JOIN metering_photo p ON p.sha256 = e.photo_id
WHERE i.id = ANY (%(invoice_ids)s::bigint[]) AND jsonb_array_length(i.frozen -> 'meters') = 1
ORDER BY i.id, e.id DESC
