"""Row-level security on every table of this room; room for the links' frequent updates."""

from django.db import migrations

from tenants.rls import protect

TABLES = (
    "connection",
    "integration",
    "syncjob",
    "mappingversion",
    "syncrun",
    "lane",
    "recordlink",
    "linkneed",
    "failure",
    "replay",
    "replayitem",
)


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_connections_jobs_runs_links"), ("tenants", "0002_tenant_walls")]

    operations = [
        *(protect(f"connectors_{table}") for table in TABLES),
        migrations.RunSQL(
            # Each record's row is updated a few times per change: free space in the page keeps those updates in place.
            "ALTER TABLE connectors_recordlink SET (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05)",
            "ALTER TABLE connectors_recordlink RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
    ]
