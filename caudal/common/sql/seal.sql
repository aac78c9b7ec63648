-- Seal what no seal holds yet, at most `most` records and as many rows. What was committed late has an id below the
-- last sealed one, so the seals of a day are looked through, and all of them where `everything` is asked for.
WITH last AS (
    SELECT digest, records_to, rows_to FROM common_auditseal ORDER BY id DESC LIMIT 1
), base AS (
    SELECT s.records_to, s.rows_to FROM common_auditseal s
    WHERE NOT %(everything)s AND s.at < now() - interval '1 day' ORDER BY s.id DESC LIMIT 1
), recent AS (
    SELECT s.records::int8multirange AS records, s.rows::int8multirange AS rows FROM common_auditseal s
    WHERE %(everything)s OR s.at >= now() - interval '1 day'
), records AS (
    SELECT a.id, caudal_record_digest(a) AS digest FROM common_auditrecord a
    WHERE a.id > coalesce((SELECT records_to FROM base), 0)
      AND NOT a.id <@ (SELECT coalesce(range_agg(r), '{}') FROM recent, unnest(recent.records) r)
    ORDER BY a.id LIMIT %(most)s
), rows AS (
    SELECT c.id, caudal_row_digest(c) AS digest FROM common_rowchange c
    WHERE c.id > coalesce((SELECT rows_to FROM base), 0)
      AND NOT c.id <@ (SELECT coalesce(range_agg(r), '{}') FROM recent, unnest(recent.rows) r)
    ORDER BY c.id LIMIT %(most)s
), fresh AS (
    SELECT now() AS at,
        coalesce((SELECT digest FROM last), decode(repeat('00', 32), 'hex')) AS previous,
        coalesce((SELECT range_agg(int8range(id, id, '[]')) FROM records), '{}')::text AS records,
        coalesce((SELECT range_agg(int8range(id, id, '[]')) FROM rows), '{}')::text AS rows,
        coalesce((SELECT string_agg(digest, ''::bytea ORDER BY id) FROM records), '') AS record_digests,
        coalesce((SELECT string_agg(digest, ''::bytea ORDER BY id) FROM rows), '') AS row_digests,
        greatest((SELECT records_to FROM last), (SELECT max(id) FROM records), 0) AS records_to,
        greatest((SELECT rows_to FROM last), (SELECT max(id) FROM rows), 0) AS rows_to
)
INSERT INTO common_auditseal
    (at, previous, records, rows, record_digests, row_digests, records_to, rows_to, digest)
SELECT at, previous, records, rows, record_digests, row_digests, records_to, rows_to,
    caudal_seal_digest(previous, at, records, rows, record_digests, row_digests)
FROM fresh WHERE records <> '{}' OR rows <> '{}'
