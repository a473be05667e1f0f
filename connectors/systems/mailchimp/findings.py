"""What a ping finds out and later work reads: the keys of `Account.findings`, in one place.

account    {id, name, role, login_id, time_zone}
audiences  [{id, name, members, double_optin, merge_fields: [{tag, name, type, required}]}]
           (merge_fields None: not read)
stores     [{id, name, audience, currency, domain}]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACCOUNT = "account"
AUDIENCES = "audiences"
STORES = "stores"


def audience_of(findings: Mapping[str, Any], audience_id: str) -> Mapping[str, Any] | None:
    """An audience as the last ping saw it."""
    return next((found for found in findings.get(AUDIENCES) or () if found.get("id") == audience_id), None)


def field_types(findings: Mapping[str, Any], audience_id: str) -> dict[str, str] | None:
    """The audience's merge tags and their types; None where no ping has read them."""
    fields = (audience_of(findings, audience_id) or {}).get("merge_fields")
    return None if fields is None else {str(field["tag"]).upper(): str(field["type"]) for field in fields}
