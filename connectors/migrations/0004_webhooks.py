"""Webhooks: where vendors call us, what they said, which records that names; behind the tenants' wall."""

import django.db.models.deletion
import django.utils.timezone
import tenants.fields
import tenants.ids
import tenants.models.base
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tenants.rls import protect

TICK = "tend webhooks"


def plant(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    interval, task = apps.get_model("django_celery_beat", "IntervalSchedule"), apps.get_model("django_celery_beat", "PeriodicTask")
    daily, _ = interval.objects.using(alias).get_or_create(every=1, period="days")
    task.objects.using(alias).update_or_create(
        name=TICK, defaults={"task": "connectors.tend_webhooks", "interval": daily, "queue": "interactive"}
    )


def uproot(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_celery_beat", "PeriodicTask").objects.using(schema_editor.connection.alias).filter(name=TICK).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0003_system_ticks'),
        ('tenants', '0002_tenant_walls'),
    ]

    operations = [
        migrations.AddField(
            model_name='syncrun',
            name='followed_by',
            field=models.CharField(blank=True, choices=[('schedule', 'Schedule'), ('webhook', 'Webhook'), ('manual', 'Started by hand'), ('replay', 'Replay'), ('backfill', 'Full read'), ('need', 'Needed by another record')], db_default='', default='', max_length=10),
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('hook', models.CharField(max_length=40)),
                ('token', tenants.fields.SealedTextField()),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('previous_hash', models.CharField(blank=True, db_index=True, max_length=64)),
                ('previous_until', models.DateTimeField(blank=True, null=True)),
                ('signing', tenants.fields.SealedTextField(blank=True)),
                ('vendor_id', models.CharField(blank=True, max_length=200)),
                ('wanted', models.BooleanField(default=True)),
                ('state', models.CharField(choices=[('off', 'Off'), ('pending', 'Being set up'), ('on', 'On'), ('by_hand', 'To be entered at the vendor')], default='pending', max_length=8)),
                ('text', models.TextField(blank=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('settle_at', models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='connectors.connection')),
                ('integration', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='connectors.integration')),
                ('tenant', tenants.models.base.TenantKey(blank=True, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['connection', 'hook'],
            },
        ),
        migrations.CreateModel(
            name='WebhookReceipt',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('delivery_id', models.CharField(db_collation='C', max_length=200)),
                ('state', models.CharField(choices=[('new', 'Waiting'), ('read', 'Read'), ('ignored', 'Nothing to do'), ('failed', 'Could not be read'), ('refused', 'Refused')], max_length=8)),
                ('verdict', models.CharField(choices=[('genuine', 'genuine'), ('unsigned', 'unsigned'), ('forged', 'forged'), ('stale', 'stale'), ('keyless', 'keyless')], max_length=8)),
                ('headers', models.JSONField(default=dict)),
                ('body', models.BinaryField(null=True)),
                ('received_at', models.DateTimeField()),
                ('repeats', models.PositiveIntegerField(default=0)),
                ('repeated_at', models.DateTimeField(null=True)),
                ('event', models.CharField(blank=True, max_length=200)),
                ('reason', models.TextField(blank=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='connectors.webhookendpoint')),
                ('tenant', tenants.models.base.TenantKey(blank=True, db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookHint',
            fields=[
                ('id', models.UUIDField(default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=400)),
                ('event', models.CharField(blank=True, max_length=60)),
                ('at', models.DateTimeField(null=True)),
                ('raw', models.TextField(blank=True)),
                ('version', models.CharField(blank=True, max_length=400)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('read', 'Read'), ('gone', 'Not there any more')], default='waiting', max_length=7)),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='hints', to='connectors.syncjob')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='hints', to='connectors.syncrun')),
                ('tenant', tenants.models.base.TenantKey(blank=True, db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hints', to='connectors.webhookreceipt')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(condition=models.Q(('settle_at__isnull', False)), fields=['settle_at'], name='endpoint_to_settle'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(fields=('connection', 'integration', 'hook'), name='one_endpoint_per_hook', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='webhookreceipt',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['tenant', 'id'], name='receipt_new'),
        ),
        migrations.AddIndex(
            model_name='webhookreceipt',
            index=models.Index(fields=['received_at'], name='receipt_age'),
        ),
        migrations.AddConstraint(
            model_name='webhookreceipt',
            constraint=models.UniqueConstraint(fields=('endpoint', 'delivery_id'), name='one_receipt_once'),
        ),
        migrations.AddIndex(
            model_name='webhookhint',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['job', 'id'], name='hint_waiting'),
        ),
        *(protect(f"connectors_{table}") for table in ("webhookendpoint", "webhookreceipt", "webhookhint")),
        migrations.RunPython(plant, uproot),
    ]
