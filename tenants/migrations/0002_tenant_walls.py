from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_people_and_tenants")]

    operations = [
        protect("tenants_tenant", column="id"),
        protect("tenants_membership"),
        protect("tenants_invitation"),
        protect("tenants_apikey"),
    ]
