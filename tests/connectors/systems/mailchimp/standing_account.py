"""One account on its way through standings, as the engine would take it."""

from __future__ import annotations

from typing import Any

from connectors.records import Standing
from connectors.sdk.system import Action, Change, Sink, Written
from connectors.systems.mailchimp.ids import member_hash
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer

ADDRESS = "person1@nordwind.example"
HASH = member_hash(ADDRESS)


class Account:
    """Every change is made as the engine makes it of the one before."""

    def __init__(self, world: World, treatment: str = "unsubscribe", **options: Any) -> None:
        self.world = world
        self.options = {"standing_actions": {"on_hold": treatment}, **options}
        self.before: Change | None = None
        self.external_id = self.version = ""

    @property
    def sink(self) -> Sink[Any]:
        return self.world.sink("audience_members", **self.options)

    def change(self, standing: Standing = Standing.ACTIVE, *, remove: bool = False, **more: Any) -> Change:
        record = customer(standing=standing, **more)
        about: dict[str, Any] = {"external_id": self.external_id, "version": self.version, "remove": remove}
        return change_of(self.sink, record, confirmed=self.before.desired if self.before else None, **about)

    def now(self, standing: Standing = Standing.ACTIVE, **more: Any) -> Written:
        change = self.change(standing, **more)
        word = written(self.sink, change)["C1"]
        self.told(change, word)
        return word

    def gone(self) -> Written:
        change = self.change(remove=True)
        word = written(self.sink, change)["C1"]
        self.told(change, word)
        self.before, self.external_id = None, ""
        return word

    def told(self, change: Change, word: Written) -> None:
        """As the engine settles it: an empty version leaves the former one."""
        self.version = word.version or self.version
        if word.action in {Action.CREATED, Action.UPDATED, Action.UNCHANGED}:
            self.before, self.external_id = change, word.external_id or self.external_id

    @property
    def status(self) -> str:
        return str(self.world.member(ADDRESS)["status"])


def collect(sink: Sink[Any], changes: list[Change], words: list[Written]) -> None:
    """What was said before a fault counts."""
    for word in sink.write(changes):
        words.append(word)  # noqa: PERF402
