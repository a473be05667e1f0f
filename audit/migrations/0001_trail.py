"""The tables of the trail, in plain SQL: partitioned by month, append-only, walled off by tenant.

Django is told the same through `state_operations`; tests/audit/test_schema.py holds the two together.
"""

from pathlib import Path

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.ids
import tenants.models.base
from tenants.rls import protect

TABLES = ("audit_entry", "audit_api_call", "audit_record_event", "audit_chain_head", "audit_payload")


def script(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def tenant_key() -> tenants.models.base.TenantKey:
    return tenants.models.base.TenantKey(
        blank=True,
        db_constraint=False,
        db_index=False,
        editable=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to="tenants.tenant",
    )


def key() -> models.UUIDField:
    return models.UUIDField(default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenants", "__first__")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql=[script("0001_trail.sql")],
                    reverse_sql=[script("0001_trail_reverse.sql")],
                ),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="ChainHead",
                    fields=[
                        (
                            "tenant",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="tenants.tenant",
                            ),
                        ),
                        ("seq", models.BigIntegerField(default=0)),
                        ("hash", models.BinaryField(default=bytes(32))),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("base_seq", models.BigIntegerField(default=0)),
                        ("base_hash", models.BinaryField(default=bytes(32))),
                    ],
                    options={
                        "db_table": "audit_chain_head",
                    },
                ),
                migrations.CreateModel(
                    name="ApiCall",
                    fields=[
                        ("id", key()),
                        ("at", models.DateTimeField()),
                        ("connection_id", models.UUIDField(null=True)),
                        ("system", models.TextField()),
                        ("method", models.TextField()),
                        ("path", models.TextField()),
                        ("status", models.SmallIntegerField(help_text="0 where no answer came.")),
                        ("duration_ms", models.IntegerField()),
                        ("run_id", models.UUIDField(null=True)),
                        ("job_id", models.UUIDField(null=True)),
                        ("bytes_in", models.BigIntegerField()),
                        ("bytes_out", models.BigIntegerField()),
                        ("attempt", models.SmallIntegerField()),
                        ("vendor_request_id", models.TextField(blank=True)),
                        ("error_class", models.TextField(blank=True)),
                        ("error_text", models.TextField(blank=True)),
                        ("request_digest", models.BinaryField(null=True)),
                        ("answer_digest", models.BinaryField(null=True)),
                        ("tenant", tenant_key()),
                    ],
                    options={
                        "verbose_name": "API call",
                        "db_table": "audit_api_call",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("run_id__isnull", False)),
                                fields=["run_id", "id"],
                                name="audit_call_by_run",
                            ),
                            models.Index(fields=["connection_id", "id"], name="audit_call_by_connection"),
                            models.Index(
                                condition=models.Q(("vendor_request_id", ""), _negated=True),
                                fields=["vendor_request_id"],
                                name="audit_call_by_request",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        ("id", key()),
                        ("at", models.DateTimeField()),
                        ("seq", models.BigIntegerField()),
                        ("kind", models.TextField()),
                        (
                            "actor_kind",
                            models.TextField(
                                choices=[
                                    ("system", "System"),
                                    ("person", "Person"),
                                    ("staff", "Staff"),
                                    ("api_key", "API key"),
                                    ("partner", "Partner"),
                                ]
                            ),
                        ),
                        ("actor_id", models.TextField(blank=True)),
                        ("actor_label", models.TextField(blank=True)),
                        ("subject_type", models.TextField(blank=True)),
                        ("subject_id", models.TextField(blank=True)),
                        ("job_id", models.UUIDField(null=True)),
                        ("run_id", models.UUIDField(null=True)),
                        ("data", models.JSONField(default=dict)),
                        ("prev_hash", models.BinaryField()),
                        ("hash", models.BinaryField()),
                        ("tenant", tenant_key()),
                    ],
                    options={
                        "verbose_name_plural": "audit entries",
                        "db_table": "audit_entry",
                        "indexes": [
                            models.Index(fields=["tenant", "seq"], name="audit_entry_by_seq"),
                            models.Index(fields=["tenant", "kind", "seq"], name="audit_entry_by_kind"),
                            models.Index(
                                fields=["subject_type", "subject_id", "seq"], name="audit_entry_by_subject"
                            ),
                            models.Index(
                                condition=models.Q(("run_id__isnull", False)),
                                fields=["run_id", "seq"],
                                name="audit_entry_by_run",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payload",
                    fields=[
                        ("digest", models.BinaryField(primary_key=True, serialize=False)),
                        ("size", models.IntegerField(help_text="Bytes, before compression.")),
                        ("encoding", models.SmallIntegerField(choices=[(0, "Plain"), (1, "Zlib")])),
                        ("body", models.BinaryField(null=True)),
                        ("first_seen", models.DateField()),
                        ("last_seen", models.DateField()),
                        ("erased_at", models.DateTimeField(null=True)),
                        ("erased_why", models.TextField(blank=True)),
                        ("tenant", tenant_key()),
                    ],
                    options={
                        "db_table": "audit_payload",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("body__isnull", False)),
                                fields=["last_seen"],
                                name="audit_payload_by_age",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecordEvent",
                    fields=[
                        ("id", key()),
                        ("at", models.DateTimeField()),
                        (
                            "kind",
                            models.TextField(
                                choices=[
                                    ("observed", "Observed"),
                                    ("skipped", "Skipped"),
                                    ("rejected", "Rejected"),
                                    ("sent", "Sent"),
                                    ("confirmed", "Confirmed"),
                                    ("refused", "Refused"),
                                    ("conflict", "Conflict"),
                                    ("unknown", "Unknown"),
                                    ("looked_up", "Looked up"),
                                    ("held", "Held"),
                                    ("replayed", "Replayed"),
                                    ("superseded", "Superseded"),
                                    ("removed", "Removed"),
                                    ("resolved", "Resolved"),
                                ]
                            ),
                        ),
                        ("job_id", models.UUIDField()),
                        ("sink", models.TextField()),
                        ("source_key", models.TextField()),
                        ("link_id", models.UUIDField(null=True)),
                        ("run_id", models.UUIDField(null=True)),
                        ("outcome", models.TextField(blank=True)),
                        ("reason", models.TextField(blank=True)),
                        ("text", models.TextField(blank=True)),
                        ("source_digest", models.BinaryField(null=True)),
                        ("payload_digest", models.BinaryField(null=True)),
                        ("trace_digest", models.BinaryField(null=True)),
                        ("answer_digest", models.BinaryField(null=True)),
                        ("mapping_version", models.IntegerField(null=True)),
                        ("replay_id", models.UUIDField(null=True)),
                        ("call_id", models.UUIDField(help_text="The API call that carried it.", null=True)),
                        ("tenant", tenant_key()),
                    ],
                    options={
                        "db_table": "audit_record_event",
                        "indexes": [
                            models.Index(fields=["link_id", "at"], name="audit_event_by_link"),
                            models.Index(
                                condition=models.Q(("run_id__isnull", False)),
                                fields=["run_id", "id"],
                                name="audit_event_by_run",
                            ),
                        ],
                    },
                ),
            ],
        ),
        *map(protect, TABLES),
    ]
