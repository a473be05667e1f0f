"""The numbers a shop knows its products by: lines of orders name products and variants only by their ids."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from connectors.sdk.errors import RecordRejected
from connectors.sdk.http import HttpClient
from connectors.systems.mailchimp.client import LARGEST_PAGE, read_object
from connectors.systems.mailchimp.errors import NOT_FOUND

PRODUCTS = "/ecommerce/stores/{store}/products"
PRODUCT = PRODUCTS + "/{product}"
FEW = 10
"""Up to so many products are asked for one by one; for more the catalogue is read, once."""
MOST_PAGES = 20
MOST_KEPT = 50_000
"""Products kept in mind; beyond, we begin anew."""


class Skus:
    """The stock keeping units of one store, as far as orders need them."""

    def __init__(self, api: HttpClient, store: str) -> None:
        self.api, self.store = api, store
        self._known: dict[str, dict[str, str]] = {}
        self._is_listed = False

    def of(self, product: str, variant: str) -> str:
        """The SKU of a variant, "" where it has none or is no longer in the catalogue."""
        return self._known.get(product, {}).get(variant, "")

    def learn(self, products: Collection[str]) -> None:
        """Find out about these products."""
        wanted = {product for product in products if product}
        if len(self._known) > MOST_KEPT:
            self._known.clear()
        if len(wanted - self._known.keys()) > FEW and not self._is_listed:
            self._list()
        for product in sorted(wanted - self._known.keys()):
            self._known[product] = self._read(product)

    def _list(self) -> None:
        self._is_listed = True
        wanted = "total_items,products.id,products.variants.id,products.variants.sku"
        for page in range(MOST_PAGES):
            query = (
                ("fields", wanted),
                ("count", str(LARGEST_PAGE)),
                ("offset", str(page * LARGEST_PAGE)),
            )
            products = read_object(self.api, PRODUCTS, query=query, store=self.store).get("products") or []
            for product in products:
                self._known[str(product.get("id"))] = _variants(product)
            if len(products) < LARGEST_PAGE:
                return

    def _read(self, product: str) -> dict[str, str]:
        query = (("fields", "variants.id,variants.sku"),)
        try:
            return _variants(read_object(self.api, PRODUCT, query=query, store=self.store, product=product))
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            return {}


def _variants(product: dict[str, Any]) -> dict[str, str]:
    return {
        str(variant.get("id")): str(variant["sku"]).strip()
        for variant in product.get("variants") or ()
        if variant.get("sku")
    }
