"""`SealedTextField`: django-encrypted-model-fields' column, with its traps closed.

The package's own field hands out ciphertext when the key is wrong, decrypts what a form sends in, encrypts
the text of SQL expressions, and shows the secret to whoever prints, lists or exports a row. This one deals in
`Sealed` values only:

    connection.credentials = '{"key": "..."}'    # sealed at once, bound to this row
    connection.credentials                       # Sealed: ••••••••
    connection.credentials.reveal()              # the text; SealedValueUnreadable if it cannot be opened
"""

from typing import TYPE_CHECKING, Any, Self, overload

from django import forms
from django.core import checks
from django.core.exceptions import FieldError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import NOT_PROVIDED, Case, Field, Lookup, Model, Transform, Value
from django.db.models.functions import Cast
from django.db.models.query_utils import DeferredAttribute
from encrypted_model_fields.fields import EncryptedTextField

from tenants.sealing import Sealed, SealedValueUnreadable

__all__ = ["Sealed", "SealedTextField", "SealedValueUnreadable"]


class _SealedAttribute(DeferredAttribute):
    """Seals whatever is assigned, so that no model instance ever holds a secret in clear."""

    def __set__(self, instance: Model, value: object) -> None:
        # To a type checker plain self.field would be the attribute of a model, not the field.
        column: SealedTextField = vars(self)["field"]
        instance.__dict__[column.attname] = column.sealed_for(instance, value)


class SealedTextField(EncryptedTextField):  # type: ignore[misc]  # the package has no types
    """A secret, encrypted at rest. "Not set" is None; without null=True the column keeps '' for it."""

    description = "Sealed text"
    descriptor_class = _SealedAttribute
    empty_strings_allowed = False

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: object) -> Self: ...
        @overload
        def __get__(self, instance: Model, owner: object) -> Sealed | None: ...
        def __get__(self, instance: Model | None, owner: object) -> Self | Sealed | None: ...
        def __set__(self, instance: Model, value: str | Sealed | None) -> None: ...

    # --- between Python and the database ---

    def sealed_for(self, instance: Model, value: object) -> Sealed | None:
        """The value as this row may hold it. Text is always sealed, also when it looks like a ciphertext."""
        if isinstance(value, Value):
            value = value.value
        if value is None or value == "":
            return None
        column, row = str(self), _row_of(instance)
        if isinstance(value, Sealed):
            return Sealed(value.token, column, row)
        if isinstance(value, str):
            return Sealed.around(value, column=column, row=row)
        raise FieldError(f"{column} takes text, not {type(value).__name__}.")

    def from_db_value(self, value: str | None, *_: object) -> Sealed | None:
        return Sealed(value, str(self)) if value else None

    def to_python(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        if isinstance(value, Sealed):
            return value.token
        if value is None:
            return None if self.null else ""
        if _made_of_sealed(value):
            return value
        raise FieldError(
            f"{self} cannot be written by a query, because a secret is sealed for its row. "
            "Assign it on the object, then save() or bulk_update()."
        )

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        return self.get_db_prep_value(value, connection)

    # --- searching: equal secrets have different ciphertexts, so any lookup would be silently wrong ---

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        if lookup_name == "isnull":
            return Field.get_lookup(self, lookup_name)
        raise FieldError(f"{self} is sealed: it cannot be searched, only tested with isnull.")

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        raise FieldError(f"{self} is sealed: it has no {lookup_name!r}.")

    # --- forms and exports: write-only ---

    def value_from_object(self, obj: Model) -> str:
        return ""

    def value_to_string(self, obj: Model) -> str:
        return ""

    def save_form_data(self, instance: Model, data: Any) -> None:
        """A secret is never shown, so a form that comes back empty means "keep what is there"."""
        if data not in (None, ""):
            setattr(instance, self.attname, data)

    def formfield(self, **kwargs: Any) -> forms.Field:
        # Not the widget asked for: the admin would ask for a textarea.
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        field: forms.Field = super().formfield(
            **{**kwargs, "widget": widget, "strip": False, "required": False}
        )
        return field

    # --- declaration ---

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_options(), *self._check_key()]

    def _check_options(self) -> list[checks.CheckMessage]:
        if self.unique or self.db_index or self.choices or self.default not in (NOT_PROVIDED, None, ""):
            hint = "Drop unique, db_index, choices and default."
            return [
                checks.Error("A sealed column cannot be compared.", hint=hint, obj=self, id="tenants.E001")
            ]
        return []

    def _check_key(self) -> list[checks.CheckMessage]:
        key = self.model._meta.pk  # noqa: SLF001  Django's documented name
        if not key.has_default() or key.creation_counter > self.creation_counter:
            hint = "Give the model a primary key with a default (uuid7), declared before the sealed column."
            return [
                checks.Error("A secret is sealed for its row's id.", hint=hint, obj=self, id="tenants.E002")
            ]
        return []


def _row_of(instance: Model) -> str:
    key = instance._meta.pk  # noqa: SLF001  Django's documented name
    value = key.to_python(vars(instance).get(key.attname))
    if value is None:
        raise FieldError(f"{type(instance).__name__} needs its id before it can seal a secret.")
    return str(value)


def _made_of_sealed(expression: object) -> bool:
    """Whether this is what `bulk_update()` makes of sealed values. Others would store unsealed text."""
    match expression:
        case Value(value=None):
            return True
        case Value(value=Sealed()):
            return isinstance(vars(expression).get("output_field"), SealedTextField)
        case Cast():
            return all(map(_made_of_sealed, expression.get_source_expressions()))
        case Case():
            return all(_made_of_sealed(case.result) for case in expression.cases) and _made_of_sealed(
                expression.default
            )
        case _:
            return False
