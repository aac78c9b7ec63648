-- Codes and numbers by their beginnings, whatever the collation.
CREATE INDEX property_code_prefix ON registry_property (cadastral_code text_pattern_ops);
CREATE INDEX licence_number_prefix ON registry_licence (number text_pattern_ops);
