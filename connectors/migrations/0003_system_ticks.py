"""The few periodic tasks of the system itself: dispatching due jobs, finding forgotten work, keeping the trail in shape."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TICKS = {
    "dispatch due jobs": ("connectors.dispatch", 15, "seconds"),
    "find forgotten work": ("connectors.sweep", 60, "seconds"),
    "keep the trail in shape": ("audit.tasks.maintain", 1, "days"),
}


def plant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    interval, task = apps.get_model("django_celery_beat", "IntervalSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    for name, (doorway, every, period) in TICKS.items():
        schedule, _ = interval.objects.using(schema_editor.connection.alias).get_or_create(every=every, period=period)
        task.objects.using(schema_editor.connection.alias).update_or_create(
            name=name, defaults={"task": doorway, "interval": schedule, "queue": "interactive"}
        )


def uproot(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects.using(schema_editor.connection.alias)
    tasks.filter(name__in=TICKS).delete()


class Migration(migrations.Migration):
    dependencies = [("connectors", "0002_tenant_walls"), ("django_celery_beat", "0019_alter_periodictasks_options")]

    operations = [migrations.RunPython(plant, uproot)]
