-- 23 · a photo is what its name says, and each is evidence of a reading.
SELECT 'photo ' || left(p.sha256, 12), 'content hashes to ' || left(encode(sha256(p.content), 'hex'), 12)
FROM metering_photo p WHERE encode(sha256(p.content), 'hex') <> p.sha256
UNION ALL
SELECT 'photo ' || left(p.sha256, 12), 'belongs to no reading'
FROM metering_photo p WHERE NOT EXISTS (SELECT FROM metering_evidence e WHERE e.photo_id = p.sha256)
UNION ALL
SELECT 'evidence ' || e.id, 'its photo or its reading is not there'
FROM metering_evidence e
LEFT JOIN metering_photo p ON p.sha256 = e.photo_id
LEFT JOIN metering_reading r ON r.id = e.reading_id
WHERE p.sha256 IS NULL OR r.id IS NULL
