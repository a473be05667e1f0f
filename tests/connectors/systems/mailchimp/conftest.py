"""A pretend Mailchimp on loopback, watched by the vendor's contract, and our client of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pydantic import SecretStr

from connectors.sdk.calls import Call
from connectors.sdk.system import Change, Sink, Stream, Written
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.system import Mailchimp
from sandboxes import mailchimp as pretend
from sandboxes.kit import serve
from tests.connectors.systems.accounts import account
from tests.connectors.systems.mailchimp import records
from tests.sandboxes.mailchimp.contract import watching


@dataclass
class World:
    """The vendor and the client. `calls` are those our HTTP layer made."""

    vendor: pretend.Mailchimp = field(repr=False)
    url: str
    calls: list[Call] = field(default_factory=list, repr=False)

    def client(
        self,
        *,
        options: records.Options | None = None,
        findings: Mapping[str, Any] | None = None,
        key: str = pretend.API_KEY,
        seconds: float = 10.0,
    ) -> Mailchimp:
        chosen = options or records.options(pretend.CUSTOMERS)
        return Mailchimp(
            account(
                MailchimpSettings(base_url=self.url),
                MailchimpCredentials(api_key=SecretStr(key)),
                options=chosen,
                findings=records.findings(chosen.audience_id) if findings is None else findings,
                calls=self.calls,
                system="Mailchimp",
                seconds=seconds,
            )
        )

    def sink(self, name: str, **options: Any) -> Sink[Any]:
        return self.client(options=records.options(pretend.CUSTOMERS, **options)).sink(name)

    def stream(self, name: str) -> Stream[Any]:
        return self.client().stream(name)

    def look(self, path: str) -> dict[str, Any]:
        """What the vendor's own API tells of something."""
        url = f"{self.url}/3.0{path}{'&' if '?' in path else '?'}exclude_fields=_links"
        request = Request(url, headers={"Authorization": f"Bearer {pretend.API_KEY}"})  # noqa: S310  loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310  loopback
            found = json.load(answer)
        assert isinstance(found, dict)
        return found

    def member(self, address: str, audience: str = pretend.CUSTOMERS) -> dict[str, Any]:
        """A member, with its tags by their names."""
        found = self.look(f"/lists/{audience}/members/{member_hash(address)}")
        return {**found, "tags": [tag["name"] for tag in found["tags"]]}

    def addresses(self, audience: str = pretend.CUSTOMERS) -> set[str]:
        """Who is in the audience."""
        return {one["email_address"] for one in self.look(f"/lists/{audience}/members?count=1000")["members"]}

    def held(self, collection: str) -> dict[str, dict[str, Any]]:
        """The store's records by id."""
        found = self.look(f"/ecommerce/stores/erp/{collection}?count=1000")[collection]
        return {one["id"]: _by_ids(one) for one in found}

    def sent(self) -> list[Any]:
        """The JSON bodies of all writes so far."""
        calls = self.vendor.journal.calls(where=lambda call: call.method != "GET")
        return [json.loads(call.body) for call in calls if call.body]


@pytest.fixture
def world() -> Iterator[World]:
    vendor = pretend.Mailchimp()
    vendor.journal.keep_bodies = True
    with watching(vendor), serve(vendor) as server:
        yield World(vendor, server.url)


def written(sink: Sink[Any], *changes: Change) -> dict[str, Written]:
    """What became of changes, by their record's key; the sink makes ready first."""
    sink.prepare()
    keys = {change.id: change.key for change in changes}
    return {keys[word.id]: word for word in sink.write(changes)}


def _by_ids(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its parts by their ids, without what tells nothing."""
    kept = {name: value for name, value in record.items() if name not in {"_links", "updated_at"}}
    for part in kept.keys() & {"lines", "variants"}:
        kept[part] = {one["id"]: one for one in kept[part]}
    return kept
