"""What a service answers when it will not do something."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """The request cannot be carried out.

    `text` says why and what to do, `fields` what is wrong with which input.
    """

    def __init__(self, text: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.fields = dict(fields or {})
