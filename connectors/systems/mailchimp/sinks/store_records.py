"""What the three kinds of store records share: ids of our own, an upsert each, a look-up by id."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from connectors.records import Record
from connectors.sdk.errors import RecordRejected, RetryLater
from connectors.sdk.system import Action, Change, Sink, System, Written, one_by_one, told
from connectors.systems.mailchimp.client import SETTLE_SECONDS, api_of, read_object, written_object
from connectors.systems.mailchimp.compare import holds
from connectors.systems.mailchimp.errors import (
    ID_EXISTS,
    LEFT_ALONE,
    NO_SUCH_METHOD,
    NOT_FOUND,
    TOO_MANY_SIGN_UPS,
)
from connectors.systems.mailchimp.options import store_options
from connectors.systems.mailchimp.sinks.store import Store

R = TypeVar("R", bound=Record)
Body = dict[str, Any]


class StoreRecords(Sink[R]):
    """A collection of a store. A subclass maps; `wire` makes the body of a change."""

    collection: ClassVar[str]
    put_is_young: ClassVar[bool] = False
    """The upsert came late to this collection: where it is missing, we create or change instead."""
    batch_size = 25
    parallel = 4
    settle_seconds = SETTLE_SECONDS

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.options = store_options(system.account)
        self.store = self.options.store_id
        self.api = api_of(system.account)
        self._has_put = True

    @property
    def path(self) -> str:
        """The template of one record's address."""
        return "/ecommerce/stores/{store}/" + self.collection + "/{id}"

    def prepare(self) -> None:
        """See `Store.ensure`."""
        Store(self.system.account).ensure()

    def begin_load(self) -> None:
        """See `Store.begin_backfill`."""
        Store(self.system.account).begin_backfill()

    def end_load(self) -> None:
        """See `Store.end_backfill`."""
        store = Store(self.system.account)
        if store.options.suspend_automations:
            store.end_backfill()

    @abstractmethod
    def wire(self, change: Change, current: Body | None) -> Body:
        """What is sent, without the id; `current` is what stands there, where the rules ask for it."""

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`: each by itself."""
        for word in one_by_one(changes, self._or_later):
            yield word if word.code not in LEFT_ALONE else replace(word, action=Action.SKIPPED)

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`: by id."""
        for change in changes:
            there = self.read(change.external_id if change.remove else change.target_key)
            if change.remove and there is None:
                yield Written(change.id, Action.REMOVED, external_id=change.external_id)
            elif not change.remove and there is not None and self._holds(change, there):
                yield self._done(change, there)

    def _holds(self, change: Change, there: Body) -> bool:
        try:
            return self.is_done(change, there)
        except RecordRejected:  # what it needs has gone meanwhile: sending it again will tell
            return False

    def is_done(self, change: Change, there: Body) -> bool:
        """Whether what stands there is what the change asks for."""
        return holds(there, self.wire(change, there))

    def read(self, key: str) -> Body | None:
        """A record as Mailchimp has it, None where it does not exist."""
        try:
            return read_object(
                self.api, self.path, query=(("exclude_fields", "_links"),), store=self.store, id=key
            )
        except RecordRejected as fault:
            if fault.code == NOT_FOUND:
                return None
            raise

    def after_write(self, change: Change, answer: Body) -> str:
        """What else a write takes, given Mailchimp's answer; returns what there is to say about it."""
        return ""

    def upsert(self, change: Change, body: Body) -> Body:
        """Bring one record there, whether or not it is."""
        if not self._has_put:
            return self._create_or_change(change, body)
        try:
            return self.call("PUT", change.target_key, {"id": change.target_key, **body})
        except RecordRejected as fault:
            if not self.put_is_young or fault.code not in {NO_SUCH_METHOD, NOT_FOUND, TOO_MANY_SIGN_UPS}:
                raise
            answer = self._create_or_change(change, body)
            self._has_put = False
            return answer

    def patch(self, change: Change, body: Body) -> Body:
        """Change a record that is there, where the upsert is missing: what only it takes goes by itself."""
        return self.call("PATCH", change.target_key, body)

    def call(self, method: str, key: str, body: Body) -> Body:
        """A write to one record."""
        return written_object(
            self.api.call(method, self.path, path={"store": self.store, "id": key}, json=body)
        )

    def _create_or_change(self, change: Change, body: Body) -> Body:
        if change.external_id == change.target_key:
            try:
                return self.patch(change, body)
            except RecordRejected as fault:
                if fault.code != NOT_FOUND:
                    raise
        template = "/ecommerce/stores/{store}/" + self.collection
        try:
            return written_object(
                self.api.call(
                    "POST", template, path={"store": self.store}, json={"id": change.target_key, **body}
                )
            )
        except RecordRejected as fault:
            if fault.code != ID_EXISTS:
                raise
        return self.patch(change, body)

    def _or_later(self, change: Change) -> Written:
        try:
            return self.write_one(change)
        except RetryLater as fault:
            if fault.code != TOO_MANY_SIGN_UPS:
                raise
            return told(change, Action.LATER, fault)

    def write_one(self, change: Change) -> Written:
        """One change brought there."""
        if change.remove:
            return self._remove(change)
        is_there = change.external_id == change.target_key
        current = self.read(change.target_key) if is_there and change.desired.needs_current else None
        answer = self.upsert(change, self.wire(change, current))
        return self._done(change, answer, self.after_write(change, answer))

    def _remove(self, change: Change) -> Written:
        try:
            self.api.call(
                "DELETE", self.path, path={"store": self.store, "id": change.external_id or change.target_key}
            )
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
        return Written(change.id, Action.REMOVED, external_id=change.external_id)

    @staticmethod
    def _done(change: Change, answer: Body, text: str = "") -> Written:
        action = Action.UPDATED if change.external_id == change.target_key else Action.CREATED
        return Written(change.id, action, external_id=change.target_key, text=text, answer=answer)


def payload_of(change: Change, current: Body | None) -> Body:
    """The desired state as a payload, with a fresh top level."""
    known = change.external_id == change.target_key
    return dict(change.desired.for_existing(current) if known else change.desired.for_new())
