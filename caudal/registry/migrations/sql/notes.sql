CREATE TRIGGER note_append_only BEFORE UPDATE OR DELETE ON registry_note
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
