"""How a product's customers or suppliers are read: what the streams ask of either product."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from connectors.records import Customer, Party, Supplier
from connectors.sdk.system import Account
from connectors.systems.infor.party import Raw, kept
from connectors.systems.infor.settings import InforSettings, settings_of
from connectors.systems.infor.standing import facts_of, standing_of

PARTIES: Mapping[str, type[Party]] = {"customers": Customer, "suppliers": Supplier}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some records in the order of their keys.

    `after` is the last key met, `newest` the newest mark of change among them, `refused` the rows without a
    usable key.
    """

    rows: Sequence[tuple[str, Raw]]
    after: str
    last: bool
    newest: str = ""
    refused: Sequence[tuple[str, str]] = ()


class PartyReader(ABC):
    """The customers or suppliers of one account."""

    def __init__(self, account: Account, what: str) -> None:
        self.account, self.what = account, what
        self.settings: InforSettings = settings_of(account)

    @property
    def kind(self) -> type[Party]:
        """The canonical record they become."""
        return PARTIES[self.what]

    @property
    @abstractmethod
    def names(self) -> Mapping[str, str]:
        """Which field is what: our word to theirs. `key` is always among them."""

    @abstractmethod
    def finds_changes(self) -> bool:
        """Whether ping found a way to read only what changed."""

    @abstractmethod
    def stretches(self, after: str, since: str) -> Iterator[Stretch]:
        """All records beyond a key (from the first: ""), with `since` only those changed since that mark.

        The last stretch is marked, and proven: an answer cut short does not pass for the end.
        """

    @abstractmethod
    def by_key(self, keys: Sequence[str]) -> dict[str, Raw]:
        """These records as they are now; what does not exist is left out."""

    @abstractmethod
    def mark(self, began: datetime, newest: str) -> str:
        """From where the next reading looks for changes, after one that began then and met up to `newest`.

        Empty: unknown, so the next one reads everything.
        """

    def left_out(self, raw: Raw) -> str:
        """Why a record is not meant to go anywhere; empty where it is. Pure."""
        return ""

    def raw(self, values: Mapping[str, object], last_order: date | None, *, asked: bool) -> Raw:
        """The raw form of a record, judged by the rules of standing."""
        facts = replace(facts_of(values, self.names), last_order=last_order, asked=asked)
        standing, reason = standing_of(facts, self.settings, self.today())
        party = kept(values, self.names, self.settings.more_fields)
        return {"party": party, "standing": str(standing), "reason": reason}

    def today(self) -> date:
        """The day by the calendar of the server."""
        return datetime.now(UTC).astimezone(self.settings.zone).date()
