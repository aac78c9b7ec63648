-- Purpose: every subscription that a run expects, with what its price needs and whether it is billed already.
-- Grain: one row per subscription, ordered by account. Parameters: first, last (account ids, inclusive);
-- services, periods, starts, ends: parallel arrays, one element per service of the run: its id, the period it
-- is billed for and that period's days [start, end); routes and in_routes: connections on these routes alone, or all
-- but these; null for everything; followers: the tariffs that take a percentage of a metered service.
SELECT s.id, s.account_id, s.service_id, s.tariff_id, s.connection_id, s.property_id, s.category,
       s.amount_override, v.amount, c.id IS NOT NULL,
       CASE WHEN s.share_upto IS NOT NULL THEN ARRAY[s.share_from, s.share_upto] END,
       -- What is not billed for a connection names its place: looked up row by row, for these alone.
       CASE WHEN s.licence_id IS NOT NULL THEN (
           SELECT json_build_object('kind', 'licence', 'number', l.number, 'activity', l.activity)::text
           FROM registry_licence l WHERE l.id = s.licence_id)
       WHEN s.property_id IS NOT NULL AND s.connection_id IS NULL THEN (
           SELECT json_build_object('kind', 'property', 'code', y.cadastral_code, 'address', y.address,
                                    'value', v.amount::text)::text
           FROM registry_property y WHERE y.id = s.property_id) END,
       -- Fixed amounts of the period are asked for once: of who left before it, or whoever had it when it began. Not an
       -- EXISTS, which the planner may answer from all subscriptions at once.
       coalesce(s.valid_to <= due.start, false) OR s.valid_from > due.start AND (
           SELECT true FROM billing_subscription p
           WHERE p.connection_id = s.connection_id AND p.service_id = s.service_id AND p.valid_to = s.valid_from
             AND p.cancelled_on IS NULL
           LIMIT 1) IS TRUE,
       s.valid_from, s.valid_to
FROM unnest(%(services)s::bigint[], %(periods)s::bigint[], %(starts)s::date[], %(ends)s::date[])
     AS due (service_id, period_id, start, "end")
JOIN billing_subscription s ON s.service_id = due.service_id
JOIN billing_account a ON a.id = s.account_id
LEFT JOIN LATERAL (
    -- A limit keeps this a look into the unique index for each subscription. While a run fills the table, the planner
    -- still believes it empty, and as a plain join it may walk all of it for every row.
    SELECT b.id FROM billing_charge b
    WHERE b.period_id = due.period_id AND b.subscription_id = s.id AND b.service_id = s.service_id AND b.live
    LIMIT 1) c ON true
LEFT JOIN LATERAL (
    SELECT d.amount FROM registry_declaredvalue d
    WHERE d.property_id = s.property_id AND d.counts_from <= due.start
    ORDER BY d.counts_from DESC LIMIT 1) v ON s.property_id IS NOT NULL
WHERE s.account_id BETWEEN %(first)s AND %(last)s
  AND s.valid_from < due."end" AND s.cancelled_on IS NULL
  AND ((s.valid_to IS NULL OR s.valid_to > due.start) AND (a.closed_on IS NULL OR a.closed_on > due.start)
       -- Who left since the bill before owes what the final reading adds, though the month billed began without him;
       -- and with it what is a percentage of it.
       OR s.valid_to > due.start - 2 * (due."end" - due.start) AND EXISTS (
           SELECT FROM billing_subscription w
           JOIN metering_installation i ON i.connection_id = w.connection_id
           JOIN metering_reading r ON r.installation_id = i.id AND r.state = 'accepted' AND r.read_on <= w.valid_to
           WHERE w.account_id = s.account_id AND w.connection_id = s.connection_id AND w.valid_to = s.valid_to
             AND (w.id = s.id OR s.tariff_id = ANY (%(followers)s::bigint[]))
             AND (SELECT v.kind FROM tariffs_service v WHERE v.id = w.service_id) = 'metered'
             AND r.read_on > (
                 SELECT coalesce(greatest(max(b.covers_to), w.billed_until), w.valid_from) FROM billing_charge b
                 WHERE b.subscription_id = w.id AND b.live AND b.to_reading_id IS NOT NULL)))
  AND (%(routes)s::bigint[] IS NULL OR %(in_routes)s = EXISTS (
      SELECT FROM metering_connection n WHERE n.id = s.connection_id AND n.route_id = ANY (%(routes)s::bigint[])))
ORDER BY s.account_id, s.id
