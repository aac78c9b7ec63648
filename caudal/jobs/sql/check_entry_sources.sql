-- 8: every entry has exactly one source.
SELECT 'entry ' || id, format('%s sources', num_nonnulls(charge_id, payment_id))
FROM receivables_ledgerentry WHERE num_nonnulls(charge_id, payment_id) <> 1
