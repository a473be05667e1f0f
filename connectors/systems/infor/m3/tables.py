"""The two masters we read in M3: which programs list and detail them, and where each field is to be had."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.systems.infor.settings import InforSettings

CUSTOM = re.compile(r"A[0-9]30|N[0-9]96|CHB[1-9]|DAT[1-9]")
"""Fields of a table extension (CUGEX1)."""
LISTED = ""
"""In place of a transaction: the field comes with the list."""


@dataclass(frozen=True, slots=True)
class Table:
    """One master.

    `listing` positions by `start` and `key` is its key; `file` is its name where extensions are kept;
    `details` names, by transaction, fields the list lacks; keys have up to `longest` characters.
    """

    program: str
    file: str
    prefix: str
    listing: str
    start: str
    key: str
    details: Mapping[str, frozenset[str]]
    has_timestamp: bool = True
    longest: int = 10

    def places(self, fields: Sequence[str]) -> dict[str, list[str]]:
        """Where to read these fields: by transaction of the program (`LISTED` for the list itself).

        Fields of an extension are under the name of its file.
        """
        found: dict[str, list[str]] = {LISTED: [self.key]}
        for field in dict.fromkeys(fields):
            if field != self.key:
                found.setdefault(self._place(field), []).append(field)
        return found

    def _place(self, field: str) -> str:
        if CUSTOM.fullmatch(field):
            return self.file
        return next((name for name, fields in self.details.items() if field in fields), LISTED)


CUSTOMERS = Table(
    program="CRS610MI",
    file="OCUSMA",
    prefix="OK",
    listing="LstByNumber",
    start="CUNO",
    key="CUNO",
    details={
        "GetFinancial": frozenset(
            """BLCD BLAC BLII BLPR AGLB CCUS CDRC CLCD CRTP IICT INRC ODUE PYCD PYDI RMCT STMR TAXC TBLG TDIN
            TECD TECN TEEC TOIN""".split()  # noqa: SIM905
        ),
        "GetBasicData": frozenset(
            "CUSU EALO GEOC HAFE LMDT LSAD LSID MCOS MEAL PYOP RASN RGDT SPLE TXCO TXID".split()  # noqa: SIM905
        ),
        "GetOrderInfo": frozenset(
            "ADID AICD BCKO BUSE DOGR FACI FRE1 FRE2 GRPY PADL PLTB PRIO RESP SPLM TEPA TINC ULZO".split()  # noqa: SIM905
        ),
    },
)
SUPPLIERS = Table(
    program="CRS620MI",
    file="CIDMAS",
    prefix="ID",
    listing="LstSuppliers",
    start="FRSU",
    key="SUNO",
    details={"GetBasicData": frozenset("CUCD LMDT MODL PYCD RGDT TEDL TEPY".split())},  # noqa: SIM905
)


def customer_names(settings: InforSettings) -> dict[str, str]:
    """Which field of CRS610 is what."""
    names = {
        "key": "CUNO",
        "name": "CUNM",
        "email": settings.m3_email,
        "person": settings.m3_person,
        "phone": "PHNO",
        "line1": "CUA1",
        "line2": "CUA2",
        "city": "TOWN",
        "region": "ECAR",
        "postal_code": "PONO",
        "country": "CSCD",
        "language": "LNCD",
        "currency": "CUCD",
        "category": "CUTP",
        "group": "CUCL",
        "branch": settings.m3_branch,
        "tax_id": settings.m3_tax_id,
        "parent": settings.m3_parent,
        "marketing_id": settings.m3_marketing_id,
        "status": "STAT",
    }
    if settings.read_financials:  # what the list says of overdue amounts is as old as the record
        names |= {"stop": "BLCD", "overdue": "TDIN", "overdue_days": "ODUE"}
    if asks_for_orders(settings):
        names["created"] = "RGDT"
    return {what: field for what, field in names.items() if field}


def supplier_names(settings: InforSettings) -> dict[str, str]:
    """Which field of CRS620 is what."""
    names = {
        "key": "SUNO",
        "name": "SUNM",
        "email": settings.supplier_email,
        "phone": "PHNO",
        "region": "ECAR",
        "country": "CSCD",
        "language": "LNCD",
        "category": "SUTY",
        "tax_id": "VRNO",
        "parent": settings.supplier_parent,
        "status": "STAT",
    }
    return {what: field for what, field in names.items() if field}


def asks_for_orders(settings: InforSettings) -> bool:
    """Whether anybody can be dormant."""
    return settings.last_order != "none" and settings.dormant_days > 0
