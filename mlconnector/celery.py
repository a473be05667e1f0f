"""The task queue. Its messages are nudges: what must survive is in the database, so they may all be lost."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections
from structlog.contextvars import bind_contextvars, clear_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlconnector.settings")

app = Celery("mlconnector")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery would replace the log set-up of the settings; a connected receiver tells it not to."""


@worker_process_init.connect
def _collect_less_often(**_: Any) -> None:
    # A page is tens of thousands of small objects, all alive until it is committed and hardly ever part of a
    # cycle: looking through them each 700 allocations is a quarter of a worker's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@task_prerun.connect
def _start_clean(task_id: str, task: Any, **_: Any) -> None:
    # Connections live on between tasks (CELERY_DB_REUSE_MAX); those that the database has dropped must go.
    close_old_connections()
    bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def _forget(**_: Any) -> None:
    clear_contextvars()
