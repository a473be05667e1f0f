from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0005_open_catalogue")]

    operations = [
        migrations.AddIndex(
            model_name="recordlink",
            index=models.Index(
                fields=["external_id", "job", "sink"],
                condition=~models.Q(external_id="") & ~models.Q(external_id=models.F("target_key")),
                name="link_elsewhere",
            ),
        ),
    ]
