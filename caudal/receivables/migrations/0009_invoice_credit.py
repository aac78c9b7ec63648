"""What an invoice below zero leaves in its account's favour: also of those that were issued before it was kept."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE TRIGGER invoicecredit_append_only BEFORE UPDATE OR DELETE ON receivables_invoicecredit
    FOR EACH ROW EXECUTE FUNCTION caudal_append_only();
"""
ISSUED_BEFORE = """
WITH below AS (
    SELECT i.*, a.number AS account_number, row_number() OVER (ORDER BY i.id) AS place
    FROM billing_invoice i JOIN billing_account a ON a.id = i.account_id
    WHERE i.total < 0 AND i.voided_on IS NULL
), series AS (
    INSERT INTO billing_series (code, kind, prefix, width, first_number, last_number)
    SELECT 'invoice-credits', 'receipt', 'SF-', 1, 1, count(*) FROM below HAVING count(*) > 0
    RETURNING id
), given AS (
    INSERT INTO receivables_payment (
        account_id, series_id, number, amount, method, value_on, posted_on, taken_by, payer, note, idempotency_key,
        provider, provider_reference, frozen, reversed_by, reversal_reason)
    SELECT b.account_id, s.id, b.place, -b.total, 'credit', b.issued_on, b.issued_on, 'caudal', '', '', 'credit:' || b.id,
        '', '', jsonb_build_object(
            'holder', b.frozen -> 'holder', 'account', b.account_number, 'lines', '[]'::jsonb, 'balance_after', NULL,
            'credit_after', (-b.total)::text, 'asked', NULL, 'chosen', NULL), '', ''
    FROM below b CROSS JOIN series s
    RETURNING id, idempotency_key
)
INSERT INTO receivables_invoicecredit (payment_id, invoice_id)
SELECT id, split_part(idempotency_key, ':', 2)::bigint FROM given
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("billing", "0010_ended_services"),
        ("receivables", "0008_conditions"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="payment",
            name="method",
            field=models.CharField(
                choices=[
                    ("cash", "Efectivo"),
                    ("card", "Tarjeta"),
                    ("transfer", "Transferencia"),
                    ("cheque", "Cheque"),
                    ("online", "En línea"),
                    ("imported", "Importado"),
                    ("assumed", "Deuda asumida"),
                    ("credit", "Saldo a favor"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="InvoiceCredit",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="credited",
                        serialize=False,
                        to="receivables.payment",
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited",
                        to="billing.invoice",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER invoicecredit_append_only ON receivables_invoicecredit"),
        migrations.RunSQL(ISSUED_BEFORE, migrations.RunSQL.noop),
    ]
