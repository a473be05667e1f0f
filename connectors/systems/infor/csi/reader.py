"""Customers and vendors of CloudSuite Industrial, in the order of their numbers: filters, no bookmarks.

A bookmark is only as good as the session behind it, and a run may be resumed by another worker a day later; a
number is always good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Account
from connectors.systems.infor.csi.client import CsiClient, Item
from connectors.systems.infor.csi.values import all_of, any_of, before, compared, padded, stamp
from connectors.systems.infor.party import Raw
from connectors.systems.infor.reader import PartyReader, Stretch
from connectors.systems.infor.values import day, key_fault, text

KEYS = {"customers": "CustNum", "suppliers": "VendNum"}
SEQUENCE = "CustSeq"
BILL_TO = "0"
"""A customer's rows beyond the first are addresses goods are sent to."""
KEYS_AT_ONCE = 50
MOST_PAGES = 1_000_000
EMPTIES = 2
"""An empty page has to come twice to be believed, whatever is said of more rows."""


class CsiReader(PartyReader):
    """Keys are shown without their padding, and padded again where they are asked for."""

    def __init__(self, account: Account, what: str) -> None:
        super().__init__(account, what)
        self.client = CsiClient(account)
        self.key = KEYS[what]
        customers = what == "customers"
        self.ido = self.settings.csi_customers if customers else self.settings.csi_suppliers
        self._table = (
            self.settings.csi_customer_properties if customers else self.settings.csi_supplier_properties
        )
        self._absent = frozenset(map(str, account.findings.get(f"{what}_missing_properties") or ()))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """See `PartyReader.names`. What ping found missing at this site is done without."""
        there = {what: name for what, name in self._table.items() if name not in self._absent}
        return {"key": self.key, **there}

    @property
    def change(self) -> str:
        """The property of last change; empty where there is none."""
        wanted = self.settings.csi_change_property
        return "" if wanted in self._absent else wanted

    def finds_changes(self) -> bool:
        """See `PartyReader.finds_changes`."""
        return bool(self.change) and f"{self.what}_change" in self.account.findings

    def mark(self, began: datetime, newest: str) -> str:
        """By the clock of the server: the latest change met. Its times have no zone, so ours will not do."""
        return newest

    def stretches(self, after: str, since: str) -> Iterator[Stretch]:
        """See `PartyReader.stretches`."""
        changed = ""
        if since:
            changed = compared(self.change, ">=", before(since, self.settings.overlap_minutes))
        empties = 0
        for _ in range(MOST_PAGES):
            beyond = compared(self.key, ">", padded(after, self.settings.csi_key_width)) if after else ""
            items = self._load(all_of(self._only, beyond, changed), self.settings.page_size)
            empties = 0 if items else empties + 1
            if empties == EMPTIES:
                yield Stretch((), after, last=True)
                return
            if not items:
                continue
            reached = text(items[-1].get(self.key))
            if reached == after:
                break
            after = reached
            usable = [item for item in items if not key_fault(item.get(self.key))]
            newest = max((stamp(item.get(self.change)) for item in items), default="")
            yield Stretch(
                list(self._judged(usable).items()),
                after,
                last=False,
                newest=newest,
                refused=_refused(items, self.key),
            )
        raise ConfigProblem(
            f"CloudSuite Industrial keeps sending the same {self.what} of {self.ido}. Report this to whoever "
            "runs your site.",
            code="endless_paging",
        )

    def by_key(self, keys: Sequence[str]) -> dict[str, Raw]:
        """See `PartyReader.by_key`."""
        asked = [key for key in dict.fromkeys(keys) if not key_fault(key)]
        found: dict[str, Raw] = {}
        for start in range(0, len(asked), KEYS_AT_ONCE):
            left = asked[start : start + KEYS_AT_ONCE]
            while left:
                spelled = [padded(key, self.settings.csi_key_width) for key in left]
                items = self._load(all_of(self._only, any_of(self.key, spelled)), len(left))
                met = self._judged([item for item in items if text(item.get(self.key)) in left])
                found |= met
                # A key counts as missing only if an answer to it, or to others as missing, was empty.
                left = [key for key in left if key not in met] if met else []
        return found

    @property
    def _only(self) -> str:
        return f"{SEQUENCE} = {BILL_TO}" if self.what == "customers" else ""

    @cached_property
    def _properties(self) -> list[str]:
        wanted = [self.key, *self.names.values(), *self.settings.more_fields]
        return list(dict.fromkeys([*wanted, self.change] if self.change else wanted))

    def _load(self, where: str, most: int) -> list[Item]:
        return self.client.load(self.ido, self._properties, where=where, order=self.key, most=most).items

    def _judged(self, items: Sequence[Item]) -> dict[str, Raw]:
        named = self.names.get("last_order", "")
        asked = bool(named) and self.settings.last_order != "none"
        return {text(item.get(self.key)): self.raw(item, day(item.get(named)), asked=asked) for item in items}


def _refused(items: Sequence[Item], key: str) -> list[tuple[str, str]]:
    """Rows that cannot be keyed, by their names."""
    faults = ((text(item.get("Name")), key_fault(item.get(key))) for item in items)
    return [(name[:60] or "a record", f"It was left out because {why}.") for name, why in faults if why]
