"""Bodies as Mailchimp posts them: forms, with brackets in their names."""

from __future__ import annotations

from urllib.parse import parse_qsl

from connectors.sdk.hooks import Unreadable

MOST_FIELDS = 5000


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, the last of each name; raises `Unreadable`."""
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="strict",
            strict_parsing=True,
        )
    except ValueError as error:
        raise Unreadable("It is no form.") from error
    return dict(pairs)
