from typing import ClassVar

from django.db import migrations

ROLES = ("administrator", "supervisor")


def give(apps, editor):
    role_model, permission_model = (
        apps.get_model("access", "Role"),
        apps.get_model("access", "RolePermission"),
    )
    for role in role_model.objects.filter(code__in=ROLES):
        permission_model.objects.get_or_create(role=role, permission="customers.exempt")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0005_role_upkeep")]
    operations: ClassVar = [migrations.RunPython(give, migrations.RunPython.noop)]
