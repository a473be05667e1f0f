"""A table with sealed columns, for tests only."""

from typing import Any, ClassVar, Self

from django.db import models

from tenants.fields import SealedTextField
from tenants.ids import uuid7

SECRET = "s3cret-of-the-vault"


class Vault(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=40, blank=True)
    secret = SealedTextField(null=True, blank=True)
    other = SealedTextField(blank=True)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        app_label = "database"

    def __str__(self) -> str:
        return self.name


def column(name: str, model: type[models.Model] = Vault) -> Any:
    return model._meta.get_field(name)


def reveal(row: Vault) -> str:
    sealed = Vault.objects.get(pk=row.pk).secret
    assert sealed is not None
    return sealed.reveal()
