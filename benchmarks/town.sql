-- Purpose: a town of %(accounts)s accounts, each with water, sewerage as a percentage of it, and refuse, and a year
-- of monthly readings up to %(until)s, the last one not billed.
INSERT INTO billing_series (code, kind, prefix, width, first_number, last_number)
VALUES ('invoices', 'invoice', '', 1, 1, 0), ('receipts', 'receipt', '', 1, 1, 0);

INSERT INTO registry_sector (id, code, name, version) SELECT n, 's' || n, 'Sector ' || n, 1 FROM generate_series(1, 10) n;

INSERT INTO registry_party (id, kind, given_names, surnames, legal_name, identification_type, identification,
    identification_key, identification_verified, email, phone, address, search_text, sort_key, version)
SELECT n, 'natural', 'María de los Ángeles', 'Apellido ' || n, '', 'DUI', 'X' || n, 'X' || n, true,
    CASE WHEN n %% 10 < 6 THEN 'cliente' || n || '@example.org' ELSE '' END, '', 'Calle ' || n, 'maria ' || n,
    'maria ' || n, 1
FROM generate_series(1, %(accounts)s) n;

INSERT INTO billing_account (id, number, holder_id, opened_on, delivery, version)
SELECT n, lpad(n::text, 7, '0'), n, %(until)s::date - 800, 'mail', 1 FROM generate_series(1, %(accounts)s) n;

INSERT INTO metering_connection (id, number, kind, sector_id, address, attributes, active, search_text, version)
SELECT n, lpad(n::text, 7, '0'), 'water', 1 + n %% 10, 'Calle ' || n, '{"size": "1/2"}', true, '', 1
FROM generate_series(1, %(accounts)s) n;

INSERT INTO metering_meter (id, serial, serial_key, brand, digits, unit)
SELECT n, 'M' || n, 'M' || n, '', 6, 'm³' FROM generate_series(1, %(accounts)s) n;

INSERT INTO metering_installation (id, connection_id, meter_id, installed_on)
SELECT n, n, n, %(until)s::date - 400 FROM generate_series(1, %(accounts)s) n;

INSERT INTO metering_reading (id, installation_id, read_on, register, source, role, state, rollover, previous_id, volume,
    findings, note, reader_label, review_note)
SELECT (n - 1) * 13 + m + 1, n, (date_trunc('month', %(until)s::date) - make_interval(months => 12 - m))::date,
    m * (7 + n %% 40) + (m * n) %% 7, 'manual', CASE m WHEN 0 THEN 'first' ELSE 'regular' END, 'accepted', false,
    CASE m WHEN 0 THEN NULL ELSE (n - 1) * 13 + m END,
    CASE m WHEN 0 THEN NULL ELSE (7 + n %% 40) + (m * n) %% 7 - ((m - 1) * n) %% 7 END, '{}', '', '', ''
FROM generate_series(1, %(accounts)s) n, generate_series(0, 12) m;

SELECT setval(pg_get_serial_sequence('metering_reading', 'id'), 13 * %(accounts)s);
