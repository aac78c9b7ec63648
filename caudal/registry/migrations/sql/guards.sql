-- A party owns one share of a property at a time; a company has one representative at a time.
ALTER TABLE registry_ownership ADD CONSTRAINT ownership_no_overlap
    EXCLUDE USING gist (int8range(property_id, property_id, '[]') WITH &&,
                        int8range(party_id, party_id, '[]') WITH &&,
                        daterange(valid_from, valid_to) WITH &&);
ALTER TABLE registry_representation ADD CONSTRAINT representation_no_overlap
    EXCLUDE USING gist (int8range(represented_id, represented_id, '[]') WITH &&,
                        daterange(valid_from, valid_to) WITH &&);

-- The shares of a property add up to at most one on every day. Its row is locked first, so that of two writers the
-- second sees what the first wrote; sums change only on days on which a share begins.
CREATE FUNCTION registry_ownership_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM registry_property WHERE id = NEW.property_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM registry_ownership a
        JOIN registry_ownership o ON o.property_id = a.property_id
            AND o.valid_from <= a.valid_from AND (o.valid_to IS NULL OR o.valid_to > a.valid_from)
        WHERE a.property_id = NEW.property_id
        GROUP BY a.id HAVING sum(o.share) > 1
    ) THEN
        RAISE EXCEPTION 'the shares of property % exceed the whole', NEW.property_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ownership_at_most_whole';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ownership_guard AFTER INSERT OR UPDATE ON registry_ownership
    FOR EACH ROW EXECUTE FUNCTION registry_ownership_guard();

-- Who represents is a person, who is represented a company: also when somebody changes what a party is.
CREATE FUNCTION registry_representation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT kind FROM registry_party WHERE id = NEW.represented_id FOR SHARE) <> 'juridical'
        OR (SELECT kind FROM registry_party WHERE id = NEW.representative_id FOR SHARE) <> 'natural' THEN
        RAISE EXCEPTION 'a company is represented by a person'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'representation_kinds';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER representation_guard AFTER INSERT OR UPDATE ON registry_representation
    FOR EACH ROW EXECUTE FUNCTION registry_representation_guard();

CREATE FUNCTION registry_party_kind_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM registry_representation WHERE NEW.id IN (represented_id, representative_id)) THEN
        RAISE EXCEPTION 'party % represents or is represented', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'representation_kinds';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER party_kind_guard BEFORE UPDATE OF kind ON registry_party
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind) EXECUTE FUNCTION registry_party_kind_guard();

CREATE INDEX licence_words ON registry_licence USING gin (to_tsvector('simple', search_text));
