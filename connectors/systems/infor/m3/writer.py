"""Changing customers of M3: only the fields that differ, each by the transaction that takes it.

M3 knows no version to make a change to, but a field that is not sent keeps its value: nobody's work on other
fields is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Account
from connectors.systems.infor.errors import EXISTS, NOT_FOUND
from connectors.systems.infor.m3.answers import Values
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.m3.tables import CUSTOM, CUSTOMERS, LISTED, customer_names
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.writer import Current, CustomerWriter

_BASIC = "GetBasicData"
# Lengths of the fields we may be told to write (contract, section 4.2 and 5).
_LENGTHS = {
    "CESA": 32, "CFC1": 10, "CFC3": 3, "CFC4": 5, "CFC5": 1, "CFC6": 10, "CFC8": 3, "CFC9": 5, "CFC0": 1,
    "CUNM": 36, "CUA1": 36, "CUA2": 36, "CUA3": 36, "CUA4": 36, "TOWN": 20, "PONO": 10, "ECAR": 2, "CSCD": 3,
    "PHNO": 16, "PHN2": 16, "MAIL": 50, "YREF": 30, "YRE2": 30, "ALCU": 10,
}  # fmt: skip
_EXTENSION_LENGTH = 30


class M3Writer(CustomerWriter):
    """CRS610MI, and the extension table for fields that are not its own."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self.client = M3Client(account)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """See `CustomerWriter.names`."""
        names = customer_names(self.settings)
        return {**names, "consent": self.settings.m3_consent} if self.settings.m3_consent else names

    def longest(self, name: str) -> int:
        """See `CustomerWriter.longest`."""
        return _EXTENSION_LENGTH if CUSTOM.fullmatch(name) and name[0] == "A" else _LENGTHS.get(name, 0)

    def read(self, customer: str, fields: Sequence[str]) -> Current:
        """See `CustomerWriter.read`."""
        values: Values = {}
        lacking: set[str] = set()
        for place, names in self._places(fields).items():
            if place != CUSTOMERS.file:
                rows = self.client.read(CUSTOMERS.program, Transaction(place, {"CUNO": customer}, names))
            else:
                rows = self._extension(customer, names)
            if rows:
                values.update(rows[0])
            else:
                lacking.add(place)
        return Current({name: values.get(name, "") for name in fields}, lacking=frozenset(lacking))

    def change(self, customer: str, current: Current, values: Mapping[str, str]) -> None:
        """See `CustomerWriter.change`."""
        written = {name: value or self.settings.clear_marker for name, value in values.items()}
        for place, names in self._places(list(written)).items():
            record = {name: written[name] for name in names}
            if place != CUSTOMERS.file:
                name = place.replace("Get", "Chg")
                self.client.write(CUSTOMERS.program, Transaction(name, {"CUNO": customer, **record}))
            else:
                self._extend(customer, record, is_new=place in current.lacking)

    def _places(self, fields: Sequence[str]) -> dict[str, list[str]]:
        """By transaction. What the list brings is basic data, or else M3 says that it is not."""
        found: dict[str, list[str]] = {}
        for place, names in CUSTOMERS.places(fields).items():
            wanted = [name for name in names if name in fields]
            if wanted:
                found.setdefault(_BASIC if place == LISTED else place, []).extend(wanted)
        return found

    def _extension(self, customer: str, names: Sequence[str]) -> Sequence[Values]:
        try:
            return self.client.read(
                self.settings.custom_program, Transaction("GetFieldValue", _extension_key(customer), names)
            )
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            return ()

    def _extend(self, customer: str, record: Mapping[str, str], *, is_new: bool) -> None:
        """Change the row beside the customer, or add it; whoever comes in between is met halfway."""
        row = {**_extension_key(customer), **record}
        order = ("AddFieldValue", "ChgFieldValue") if is_new else ("ChgFieldValue", "AddFieldValue")
        try:
            self.client.write(self.settings.custom_program, Transaction(order[0], row))
        except RecordRejected as fault:
            if fault.code not in {EXISTS, NOT_FOUND}:
                raise
            self.client.write(self.settings.custom_program, Transaction(order[1], row))


def _extension_key(customer: str) -> dict[str, str]:
    return {"FILE": CUSTOMERS.file, "PK01": customer}
