-- 3: nothing is billed twice: on no day do two shares of a property's service overlap, nor a share and the whole.
SELECT 'subscription ' || b.id, format('its share overlaps that of subscription %s', a.id)
FROM billing_subscription a
JOIN billing_subscription b ON b.property_id = a.property_id AND b.service_id = a.service_id AND b.id <> a.id
WHERE a.share_upto IS NOT NULL AND (b.share_upto IS NULL OR a.id < b.id) AND b.connection_id IS NULL
  AND a.valid_from < coalesce(b.valid_to, 'infinity') AND b.valid_from < coalesce(a.valid_to, 'infinity')
  AND a.share_from < coalesce(b.share_upto, 1) AND coalesce(b.share_from, 0) < a.share_upto
