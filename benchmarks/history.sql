-- Purpose: two years of monthly bills behind each of %(accounts)s accounts of the benchmark's town, up to %(until)s: three
-- charges each, posted, paid and allocated, but for the last two months, and for eight months of every twentieth account.
-- The rows are right by construction, so what checks each of them is put aside first: this database is thrown away.
DO $$
DECLARE held record;
BEGIN
    FOR held IN SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
        WHERE contype = 'f' AND conrelid::regclass::text IN ('billing_invoice', 'billing_charge', 'receivables_payment',
            'receivables_ledgerentry', 'receivables_allocation')
    LOOP
        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', held.of_table, held.conname);
    END LOOP;
    FOR held IN SELECT c.oid::regclass AS of_table FROM pg_class c
        WHERE c.relname IN ('billing_invoice', 'billing_charge', 'receivables_payment', 'receivables_ledgerentry',
            'receivables_allocation')
    LOOP
        EXECUTE format('ALTER TABLE %%s DISABLE TRIGGER USER', held.of_table);
    END LOOP;
END $$;

CREATE TEMPORARY TABLE bill AS
SELECT k * %(accounts)s + n AS id, n AS account_id, k,
    (date_trunc('month', %(until)s::date) - make_interval(months => 23 - k))::date AS month,
    k < 22 AND NOT (n %% 20 = 0 AND k >= 16) AS paid,
    10 + (n %% 30) AS water
FROM generate_series(0, 23) k, generate_series(1, %(accounts)s) n;

-- Before the bills: what being late costs is what they told of.
UPDATE tariffs_service SET late_policies =
    '[{"kind": "daily", "code": "interest", "basis": 365, "rates": [{"percent": "36.5"}]}]' WHERE code = 'water';

INSERT INTO billing_invoice (id, series_id, number, account_id, connection_id, origin, dated_on, issued_on, due_date,
    covers_from, covers_to, net, tax, total, frozen, remarks, voided_by, void_reason)
SELECT b.id, s.id, b.id, b.account_id, b.account_id, 'run', b.month + 4, b.month + 4, b.month + 19, b.month - 30, b.month,
    b.water + 9.5, 0, b.water + 9.5,
    jsonb_build_object('holder', jsonb_build_object('name', 'María de los Ángeles Apellido ' || b.account_id,
        'identification', 'X' || b.account_id, 'identification_type', 'DUI', 'address', 'Calle ' || b.account_id),
        'account', lpad(b.account_id::text, 7, '0'), 'connection', NULL, 'meters', '[]'::jsonb, 'category', '',
        'tariffs', '{}'::jsonb, 'period', to_char(b.month, 'YYYY-MM')), '', '', ''
FROM bill b CROSS JOIN billing_series s WHERE s.code = 'invoices' ORDER BY b.id;

INSERT INTO billing_charge (id, invoice_id, position, service_id, subscription_id, period_id, tariff_version_id, label,
    quantity, unit_price, net, tax, tax_percent, total, covers_from, covers_to, explanation, origin_kind, live)
SELECT (b.id - 1) * 3 + p.place, b.id, p.place - 1, v.id, u.id, d.id, t.id, v.name,
    CASE WHEN p.place = 1 THEN b.water END, NULL, p.net, 0, 0, p.net, b.month - 30, b.month,
    '{"lines": [], "inputs": {}}', '', true
FROM bill b
CROSS JOIN LATERAL (VALUES (1, 'water', b.water::numeric), (2, 'sewerage', 5.75), (3, 'refuse', 3.75)) p (place, code, net)
JOIN tariffs_service v ON v.code = p.code
JOIN billing_subscription u ON u.account_id = b.account_id AND u.service_id = v.id
JOIN tariffs_tariff f ON f.service_id = v.id
JOIN tariffs_tariffversion t ON t.tariff_id = f.id
JOIN billing_period d ON d.month = b.month
ORDER BY b.id, p.place;

INSERT INTO receivables_payment (id, account_id, series_id, number, amount, method, value_on, posted_on, taken_by, payer, note,
    idempotency_key, provider, provider_reference, frozen, reversed_by, reversal_reason)
SELECT b.id, b.account_id, s.id, b.id, b.water + 9.5, 'cash', b.month + 12, b.month + 12, 'Bench', '', '', 'bench-' || b.id,
    '', '', '{"lines": [], "account": "", "holder": {"name": ""}}', '', ''
FROM bill b CROSS JOIN billing_series s WHERE s.code = 'receipts' AND b.paid ORDER BY b.id;

INSERT INTO receivables_ledgerentry (account_id, kind, amount, value_on, posted_on, charge_id)
SELECT b.account_id, 'charge', c.total, b.month + 4, b.month + 4, c.id
FROM bill b JOIN billing_charge c ON c.invoice_id = b.id ORDER BY c.id;

INSERT INTO receivables_ledgerentry (account_id, kind, amount, value_on, posted_on, payment_id)
SELECT account_id, 'payment', -amount, value_on, posted_on, id FROM receivables_payment ORDER BY id;

INSERT INTO receivables_allocation (payment_id, charge_id, amount, value_on)
SELECT b.id, c.id, c.total, b.month + 12 FROM bill b JOIN billing_charge c ON c.invoice_id = b.id WHERE b.paid ORDER BY c.id;

INSERT INTO receivables_openinvoice (invoice_id, account_id) SELECT id, account_id FROM bill WHERE NOT paid;

UPDATE billing_series SET last_number = 24 * %(accounts)s;

UPDATE registry_party SET
    search_text = (ARRAY['maria', 'jose', 'ana', 'luis', 'carmen', 'jorge', 'rosa', 'carlos'])[1 + id %% 8] || ' '
        || (ARRAY['mora', 'solis', 'vargas', 'rojas', 'jimenez', 'castro', 'quesada'])[1 + id %% 7] || ' x' || id;

UPDATE metering_connection SET search_text = 'calle ' || id || ' casa ' || id %% 97;

DROP TABLE bill;

SELECT setval(pg_get_serial_sequence('billing_invoice', 'id'), 24 * %(accounts)s),
    setval(pg_get_serial_sequence('billing_charge', 'id'), 72 * %(accounts)s),
    setval(pg_get_serial_sequence('receivables_payment', 'id'), 24 * %(accounts)s)
