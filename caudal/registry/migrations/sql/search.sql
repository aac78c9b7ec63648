-- Search by words and by beginnings, quick without any extension.
CREATE INDEX party_words ON registry_party USING gin (to_tsvector('simple', search_text));
CREATE INDEX property_words ON registry_property USING gin (to_tsvector('simple', search_text));
CREATE INDEX party_identification_prefix ON registry_party (identification_key text_pattern_ops);
