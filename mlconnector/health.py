"""Tells a load balancer whether this process can do its work."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from structlog import get_logger

log = get_logger(__name__)


def health(_request: HttpRequest) -> JsonResponse:
    """Without the broker pages and inbound webhooks still work, so only a missing database answers 503."""
    database, broker = _database_answers(), _broker_answers()
    return JsonResponse({"database": database, "broker": broker}, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("database_unreachable", error=str(error))
        return False
    return True


def _broker_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError as error:
        log.warning("broker_unreachable", error=str(error))
        return False
