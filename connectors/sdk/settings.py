"""What a connection has to be told: settings and credentials as pydantic models.

Forms, the API's JSON Schema, masking and help texts derive from these models; a system declares them and
nothing else. `Field(title=..., description=...)` becomes label and help text; a `SecretStr` is write-only
everywhere.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr


class Settings(BaseModel):
    """Base of every system's settings, every system's credentials and every recipe's options."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, validate_default=True)

    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown or logged."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(
            value.get_secret_value()
            for value in values
            if isinstance(value, SecretStr) and value.get_secret_value()
        )

    def revealed(self) -> dict[str, Any]:
        """JSON-ready values including the secrets: only for sealing, never for showing."""
        plain = self.model_dump(mode="json")
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                plain[name] = value.get_secret_value()
        return plain


def is_secret(model: type[Settings], name: str) -> bool:
    """Whether a field holds a secret."""
    return "SecretStr" in str(model.model_fields[name].annotation)
