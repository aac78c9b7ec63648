-- The property of what hangs on no service: of a one-off, of a debt that passed to another account, and of what being
-- late with either costs. Not for the planner to put into the question that calls it: few rows need an answer, and
-- what has no origin (STRICT) costs nothing.
CREATE FUNCTION receivables_place(kind text, origin bigint, invoice bigint) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF kind = 'interest' THEN
        SELECT b.origin_kind, b.origin_id, b.invoice_id INTO kind, origin, invoice FROM billing_charge b WHERE b.id = origin;
    END IF;
    RETURN CASE kind
        WHEN 'one_off' THEN (SELECT o.property_id FROM billing_oneoff o WHERE o.id = origin)
        WHEN 'assumed' THEN (SELECT d.property_id FROM receivables_assumeddebt d WHERE d.invoice_id = invoice)
    END;
END $$;
