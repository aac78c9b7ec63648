-- Search by words and by beginnings, the next number, and the history of a connection's meters: quick at a million.
CREATE INDEX connection_words ON metering_connection USING gin (to_tsvector('simple', search_text));
CREATE INDEX connection_number_value ON metering_connection ((number::bigint)) WHERE number ~ '^[0-9]{1,9}$';
CREATE INDEX connection_walk ON metering_connection (route_id, route_order, number);
CREATE INDEX alert_open ON metering_alert (kind, id) WHERE resolved_at IS NULL;
