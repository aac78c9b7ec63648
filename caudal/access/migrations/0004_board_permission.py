from typing import ClassVar

from django.db import migrations

ROLES = ("administrator", "billing")


def give(apps, editor):
    role_model, permission_model = (
        apps.get_model("access", "Role"),
        apps.get_model("access", "RolePermission"),
    )
    for role in role_model.objects.filter(code__in=ROLES):
        permission_model.objects.get_or_create(role=role, permission="board.manage")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0003_attempts")]
    operations: ClassVar = [migrations.RunPython(give, migrations.RunPython.noop)]
