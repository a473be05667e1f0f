"""Keys for programs. The secret is shown once; after that we know only its hash."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tenants.models import ApiKey, Membership
from tenants.models.access import digest_of
from tenants.permissions import KEY_SCOPES, Action, allowed, can
from tenants.scope import across_tenants, tenant_scope
from tenants.services.errors import Refused
from tenants.signals import report

MARK = "mlc_"  # so that secret scanners, and people, recognise a key in the wrong place
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


def create_api_key(
    by: Membership, name: str, scopes: Collection[Action], expires: datetime | None = None
) -> tuple[ApiKey, str]:
    """The new key and its secret, which nobody can show again. A key can do nothing that its maker cannot."""
    _check_may_manage(by)
    if not scopes or not set(scopes) <= KEY_SCOPES & allowed(by):
        raise Refused("Choose what the key may do, among what you may do yourself.")
    prefix = MARK + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            prefix=prefix,
            digest=digest_of(secret),
            scopes=sorted(scopes),
            created_by=by.user,
            expires=expires,
        )
        report("api_key_created", by.tenant_id, by.user, name=name, prefix=prefix, scopes=key.scopes)
    return key, secret


def revoke_api_key(by: Membership, key_id: UUID) -> ApiKey:
    _check_may_manage(by)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key_id)
        if key.revoked is None:
            key.revoked = timezone.now()
            key.save(update_fields=["revoked"])
            report("api_key_revoked", by.tenant_id, by.user, name=key.name, prefix=key.prefix)
    return key


def authenticate_api_key(secret: str) -> ApiKey | None:
    """The usable key this is, whosever it is; None for any other text."""
    if not secret.startswith(MARK):
        return None
    with across_tenants("API key"):
        key = ApiKey.objects.filter(digest=digest_of(secret)).select_related("tenant").first()
    if key is None or not key.opens_with(secret) or not key.is_usable:
        return None
    _note_use(key)
    return key


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    stale = Q(last_used=None) | Q(last_used__lt=now - _USE_IS_NOTED_EVERY)
    if key.last_used is None or key.last_used < now - _USE_IS_NOTED_EVERY:
        with tenant_scope(key.tenant_id):
            ApiKey.objects.filter(stale, pk=key.pk).update(last_used=now)


def _check_may_manage(by: Membership) -> None:
    if not can(by, Action.MANAGE_CREDENTIALS):
        raise Refused("Your role does not allow managing API keys.")
