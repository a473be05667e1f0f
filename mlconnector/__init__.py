"""The project: settings, addresses, queues, logs. It wires the applications together and decides nothing."""

from mlconnector.celery import app as celery_app

__all__ = ["celery_app"]
