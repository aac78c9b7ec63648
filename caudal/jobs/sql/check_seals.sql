-- 18: the sealed chain verifies, and nothing older than ten minutes is unsealed. In the order of the chain.
WITH chain AS (
    SELECT s.id, s.at, s.previous, s.digest, s.record_digests, s.row_digests,
        s.records::int8multirange AS records, s.rows::int8multirange AS rows,
        lag(s.digest, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY s.id) AS digest_before,
        caudal_seal_digest(s.previous, s.at, s.records, s.rows, s.record_digests, s.row_digests) AS recomputed,
        -- What was written an hour and more before the sealer came by the time before was not there then.
        max(s.at) OVER (ORDER BY s.at RANGE BETWEEN UNBOUNDED PRECEDING AND '1 microsecond' PRECEDING)
            - interval '1 hour' AS not_before
    FROM common_auditseal s
), sealed AS (
    SELECT c.id AS seal, 'record' AS log, i.id, c.not_before, substring(c.record_digests FROM
        (32 * row_number() OVER (PARTITION BY c.id ORDER BY i.id) - 31)::int FOR 32) AS digest
    FROM chain c, unnest(c.records) r, generate_series(lower(r), upper(r) - 1) i(id)
    UNION ALL
    SELECT c.id, 'row', i.id, c.not_before, substring(c.row_digests FROM
        (32 * row_number() OVER (PARTITION BY c.id ORDER BY i.id) - 31)::int FOR 32)
    FROM chain c, unnest(c.rows) r, generate_series(lower(r), upper(r) - 1) i(id)
), there AS (
    SELECT 'record' AS log, a.id, a.at, caudal_record_digest(a) AS digest FROM common_auditrecord a
    UNION ALL
    SELECT 'row', c.id, c.at, caudal_row_digest(c) FROM common_rowchange c
), breaches AS (
    SELECT id AS seal, 'seal' AS log, id,
        CASE WHEN recomputed <> digest THEN 'was changed' ELSE 'does not follow the seal before it' END AS detail
    FROM chain WHERE recomputed <> digest OR previous <> digest_before
    UNION ALL
    SELECT s.seal, log, id,
        CASE WHEN t.digest IS NULL THEN 'is missing'
             WHEN s.seal IS NULL THEN 'is not sealed'
             WHEN t.digest <> s.digest THEN 'was changed'
             ELSE 'was added afterwards' END
    FROM sealed s FULL JOIN there t USING (log, id)
    WHERE t.digest IS NULL OR t.digest <> s.digest OR t.at < s.not_before
       OR (s.seal IS NULL AND t.at < now() - interval '10 minutes')
)
SELECT log || ' ' || id, detail FROM breaches ORDER BY seal NULLS LAST, log <> 'seal', log, id
