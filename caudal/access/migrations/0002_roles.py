from typing import ClassVar

from django.db import migrations

from caudal.access.permissions import ROLES


def create_roles(apps, editor):
    role_model, permission_model = (
        apps.get_model("access", "Role"),
        apps.get_model("access", "RolePermission"),
    )
    for code, (name, permissions) in ROLES.items():
        role = role_model.objects.create(code=code, name=name)
        permission_model.objects.bulk_create(permission_model(role=role, permission=p) for p in permissions)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
