-- A photo is named by its content and stays as it is; what it is evidence of, too. JPEG does not compress twice.
ALTER TABLE metering_photo
    ADD CONSTRAINT photo_named_by_content CHECK (encode(sha256(content), 'hex') = sha256),
    ALTER COLUMN content SET STORAGE EXTERNAL,
    ALTER COLUMN thumbnail SET STORAGE EXTERNAL;
CREATE TRIGGER photo_append_only BEFORE UPDATE OR DELETE ON metering_photo
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE ON metering_evidence
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
