from typing import ClassVar

from django.db import migrations

# Each table with the columns that are no news: derived ones, and when somebody came.
KEPT = {
    "access_role": (),
    "access_rolepermission": (),
    "access_user": ("last_login", "security_stamp"),
    "access_user_roles": (),
    "billing_account": (),
    "billing_subscription": (),
    "metering_connection": ("search_text",),
    "metering_installation": (),
    "metering_meter": ("serial_key",),
    "registry_declaredvalue": (),
    "registry_licence": (),
    "registry_organisation": (),
    "registry_ownership": (),
    "registry_party": ("identification_key", "search_text", "sort_key"),
    "registry_property": ("search_text",),
    "registry_propertyaccess": (),
    "registry_representation": (),
    "registry_route": (),
    "registry_sector": (),
    "tariffs_service": (),
    "tariffs_tariff": (),
    "tariffs_tariffversion": (),
}


def keep_history(table: str, quiet: tuple[str, ...]) -> migrations.RunSQL:
    arguments = ", ".join(f"'{name}'" for name in (table, *quiet))
    return migrations.RunSQL(f"SELECT caudal_keep_history({arguments})", migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("common", "0003_history"),
        ("access", "0003_attempts"),
        ("billing", "0004_next_number"),
        ("metering", "0004_lean_indexes"),
        ("registry", "0004_guards"),
        ("tariffs", "0002_guards"),
    ]
    operations: ClassVar = [keep_history(table, quiet) for table, quiet in KEPT.items()]
