"""Sealing anew under the first key, while the product runs.

The new key is put first and rolled out everywhere; then this runs; then the old key may go. Each batch is a
transaction of its own, and what is under the first key already is left alone, so it may stop and run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet

from tenants.fields import Sealed, SealedTextField, SealedValueUnreadable

BATCH = 500


@dataclass
class Count:
    """What happened to one column. `locked` rows were in use and need another run."""

    column: str
    resealed: int = 0
    current: int = 0
    locked: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_all(*, batch: int = BATCH, dry_run: bool = False) -> Iterator[Count]:
    """Every sealed column of every model, and allauth's second factors. Needs `across_tenants()`."""
    for model, column in sealed_columns():
        rows: QuerySet[Any] = (
            QuerySet(model).filter(**{f"{column.name}__isnull": False}).only("pk", column.name)
        )
        count = Count(str(column))
        yield _rotate(rows, column.name, partial(_reseal_column, column), count, batch=batch, dry_run=dry_run)
    factors = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    yield _rotate(
        factors, "data", _reseal_factor, Count("mfa.Authenticator.data"), batch=batch, dry_run=dry_run
    )


def sealed_columns() -> Iterator[tuple[type[Model], SealedTextField]]:
    for model in apps.get_models(include_auto_created=True):
        options = model._meta  # noqa: SLF001  Django's documented name
        if options.managed and not options.proxy:
            columns = (
                column for column in options.local_concrete_fields if isinstance(column, SealedTextField)
            )
            yield from ((model, column) for column in columns)


Reseal = Callable[[Any], bool]  # True: changed; False: nothing to do; raises SealedValueUnreadable


def _rotate(
    rows: QuerySet[Any], column: str, reseal: Reseal, count: Count, *, batch: int, dry_run: bool
) -> Count:
    rest = rows = rows.order_by("pk")
    while True:
        with transaction.atomic():
            claimed = list(rest.select_for_update(skip_locked=True)[:batch])
            is_last = len(claimed) < batch
            passed = rest if is_last else rest.filter(pk__lte=claimed[-1].pk)
            count.locked += max(0, passed.count() - len(claimed))
            changed = [row for row in claimed if _try(reseal, row, count)]
            if changed and not dry_run:
                QuerySet(rows.model).bulk_update(changed, [column])
        if is_last:
            return count
        rest = rows.filter(pk__gt=claimed[-1].pk)


def _try(reseal: Reseal, row: Any, count: Count) -> bool:
    try:
        changed = reseal(row)
    except SealedValueUnreadable as problem:
        count.unreadable.append(str(problem))
        return False
    count.resealed += changed
    count.current += not changed
    return changed


def _reseal_column(column: SealedTextField, row: Model) -> bool:
    sealed: Sealed | None = getattr(row, column.attname)
    fresh = sealed and sealed.resealed()
    if fresh:
        setattr(row, column.attname, fresh)
    return fresh is not None


def _reseal_factor(factor: Authenticator) -> bool:
    """Where allauth's TOTP secret and recovery codes keep what tenants.adapter.MfaAdapter sealed."""
    before = dict(factor.data)
    for name in {"secret", "seed"} & before.keys():
        factor.data[name] = _resealed(before[name], factor)
    if codes := before.get("migrated_codes"):
        factor.data["migrated_codes"] = [_resealed(code, factor) for code in codes]
    return bool(factor.data != before)


def _resealed(token: str, factor: Authenticator) -> str:
    sealed = Sealed(token, "A second factor", str(factor.pk))
    return (sealed.resealed() or sealed).token
