"""One API operation being carried out, whether it came as a request or inside a batch."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from sandboxes.kit import Journal
from sandboxes.mailchimp.errors import invalid_resource, json_parse_error, not_found
from sandboxes.mailchimp.schema import Check, json_type
from sandboxes.mailchimp.state import Account, Audience, Store
from sandboxes.mailchimp.times import parse_datetime

DEFAULT_COUNT = 10
LARGEST_COUNT = 1000

Answer = dict[str, object]
# How a batch carries out one of its operations: the status and the text of the answer.
Perform = Callable[[str, str, Mapping[str, list[str]], bytes], tuple[int, str]]


@dataclass(slots=True)
class Operation:
    """What a handler gets. Handlers return the answer, or None for 204, or raise a Problem."""

    account: Account
    journal: Journal
    method: str
    query: Mapping[str, list[str]]
    raw_body: bytes
    base: str  # of this server, with the /3.0
    now: str
    unix: float
    perform: Perform
    params: dict[str, str] = field(default_factory=dict)

    def body(self, check: Check) -> dict[str, object]:
        """The body, checked against the resource's schema."""
        parsed = self.parsed_body()
        faults = check(parsed)
        if faults:
            raise invalid_resource(faults)
        if not isinstance(parsed, dict):
            raise invalid_resource([("", f"Schema describes object, {json_type(parsed)} found instead")])
        return parsed

    def parsed_body(self) -> object:
        try:
            parsed: object = json.loads(self.raw_body, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise json_parse_error() from error
        return parsed

    def one(self, name: str) -> str:
        values = self.query.get(name)
        return values[-1] if values else ""

    def flag(self, name: str) -> bool:
        """true and 1 are true, in any case; everything else is silently false."""
        return self.one(name).lower() in {"true", "1"}

    def moment(self, name: str) -> str:
        """A time to filter by, its offset ignored; "" where there is none."""
        given = self.one(name)
        if not given:
            return ""
        moment = parse_datetime(given)
        if moment is None:
            raise invalid_resource([(name, "This value is not a valid datetime.")])
        return moment

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        given = self.one(name)
        if given and given not in allowed:
            message = f"This value should be one of the following: {', '.join(allowed)}."
            raise invalid_resource([(name, message)])
        return given

    def page(self) -> slice:
        count = self._whole("count", DEFAULT_COUNT)
        if count > LARGEST_COUNT:
            raise invalid_resource([("count", f"This value should be {LARGEST_COUNT} or less.")])
        offset = self._whole("offset", 0)
        return slice(offset, offset + count)

    def _whole(self, name: str, default: int) -> int:
        given = self.one(name)
        if not given:
            return default
        if not given.isdecimal():
            raise invalid_resource([(name, "Schema describes integer, string found instead")])
        return int(given)

    def audience(self) -> Audience:
        found = self.account.audiences.get(self.params["list_id"])
        if found is None:
            raise not_found()
        return found

    def store(self) -> Store:
        found = self.account.stores.get(self.params["store_id"])
        if found is None:
            raise not_found()
        return found

    def links(self, *path: str) -> list[Answer]:
        """A short `_links`: where the resource itself is."""
        href = "/".join((self.base, *(quote(part, safe="") for part in path)))
        return [{"rel": "self", "href": href, "method": "GET"}]


def _refuse(constant: str) -> object:
    raise ValueError(constant)
