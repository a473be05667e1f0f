"""Sales parts: what orders are made of. Read only where an order needs one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.records import Product
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.ifs_cloud.client import IfsClient
from connectors.systems.ifs_cloud.odata import clean, etag_of, literal
from connectors.systems.ifs_cloud.settings import IfsCloudSettings, settings_of
from connectors.systems.ifs_cloud.values import key_fault, number, text, tidy, word
from connectors.systems.ifs_cloud.walk import found_by_key

_USED = frozenset({"Contract", "CatalogNo", "CatalogDesc", "SalesUnitMeas"})


def product_key(site: str, catalog_no: str, settings: IfsCloudSettings) -> str:
    """What a product is known by: its number where the connection is for one site, else site and number
    (`S1|P-100`).

    In IFS the same number at two sites is two sales parts, with descriptions and prices of their own.
    """
    return catalog_no if len(settings.sites) == 1 else f"{site}|{catalog_no}"


class SalesParts(Stream[Product]):
    """`raw` is `{"part"}`."""

    name = "sales_parts"
    record = Product
    on_demand = True

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.settings = settings_of(system.account)
        self.findings = system.account.findings
        self.client = IfsClient(system.account)

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """Nothing: parts are asked for by key."""
        yield Page((), {}, done=True)

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`."""
        wanted: dict[str, dict[str, str]] = {}
        for key in dict.fromkeys(keys):
            site, catalog_no = self._split(key)
            if not key_fault(site) and not key_fault(catalog_no):
                wanted.setdefault(site, {})[catalog_no] = key
        rows = [row for site, numbers in wanted.items() for row in self._read(site, numbers)]
        met = {row.key for row in rows}
        return Page(
            rows,
            {},
            done=True,
            total=len(rows),
            missing=[key for key in dict.fromkeys(keys) if key not in met],
        )

    def canonical(self, raw: dict[str, Any]) -> Product:
        """See `Stream.canonical`."""
        catalog_no, site = text(raw["part"].get("CatalogNo")), text(raw["part"].get("Contract"))
        who = f"sales part {catalog_no}"
        source = tidy(raw["part"], who)
        priced = self.settings.price_attribute
        price = source.get(priced) if priced else None
        return Product(
            key=product_key(site, catalog_no, self.settings),
            title=word(source, "CatalogDesc") or catalog_no,
            sku=catalog_no,
            unit=word(source, "SalesUnitMeas"),
            price=None if price in (None, "") else number(price, f"{priced} of {who}"),
            currency=self.settings.price_currency or text(self.findings.get("company_currency")),
            extra={name: value for name, value in source.items() if name not in _USED and value is not None},
        )

    def _read(self, site: str, numbers: dict[str, str]) -> Iterator[Row]:
        found = found_by_key(
            self.client,
            f"/{self.settings.sales_parts_set}",
            "CatalogNo",
            list(numbers),
            condition=f"Contract eq {literal(site)}",
            exact=True,
        )
        for catalog_no, row in found.items():
            yield Row(numbers[catalog_no], {"part": clean(row)}, etag_of(row))

    def _split(self, key: str) -> tuple[str, str]:
        if len(self.settings.sites) == 1:
            return self.settings.sites[0], key
        site, _, catalog_no = key.partition("|")
        return site, catalog_no
