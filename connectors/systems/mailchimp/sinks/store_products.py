"""Products of the e-commerce store, each with the one variant Mailchimp insists on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.records import Money, Product
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Change
from connectors.systems.mailchimp.compare import by_id, holds
from connectors.systems.mailchimp.ids import safe_id
from connectors.systems.mailchimp.sinks.store_records import Body, StoreRecords, payload_of

VARIANT = "/ecommerce/stores/{store}/products/{product}/variants/{variant}"


class StoreProducts(StoreRecords[Product]):
    """Upserts products. The variant has the product's id, so an order line names the same id twice."""

    name = "store_products"
    accepts = Product
    title = "store products"
    collection = "products"
    put_is_young = True

    def rules(self) -> Sequence[FieldRule]:
        """Title, description and the variant."""
        return (
            FieldRule("title", "title", _title),
            FieldRule("description", "description", lambda product: product.description.strip() or None),
            FieldRule("variants", "key, title, sku, price (in the store's currency)", self._variants),
        )

    def target_key(self, record: Product, desired: Desired) -> str:
        """The product's key, made safe."""
        return safe_id(record.key)

    def wire(self, change: Change, current: Body | None) -> Body:
        """The payload."""
        return payload_of(change, current)

    def patch(self, change: Change, body: Body) -> Body:
        """Variants have no id in a changed product, so each is written by itself."""
        answer = super().patch(change, {name: part for name, part in body.items() if name != "variants"})
        for variant in body.get("variants") or ():
            path = {"store": self.store, "product": change.target_key, "variant": variant["id"]}
            self.api.call("PUT", VARIANT, path=path, json=variant)
        return answer

    def is_done(self, change: Change, there: Body) -> bool:
        """As everywhere; variants are found by their ids, and others may stand beside ours."""
        wanted = self.wire(change, there)
        variants = by_id(there.get("variants"))
        ours = by_id(wanted.pop("variants", []))
        return holds(there, wanted) and all(
            holds(variants.get(key), variant) for key, variant in ours.items()
        )

    def _variants(self, product: Product) -> list[dict[str, Any]]:
        variant: dict[str, Any] = {"id": safe_id(product.key), "title": _title(product)}
        if sku := product.sku.strip():
            variant["sku"] = sku
        if product.price is not None and product.currency == self.options.store_currency:
            variant["price"] = Money(product.price, product.currency).wire()
        return [variant]


def _title(product: Product) -> str:
    return product.title.strip() or product.key
