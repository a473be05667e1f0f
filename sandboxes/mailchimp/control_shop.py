"""What a shop does with its store in the account: it fills it through the API, as any shop's app would."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sandboxes.kit import Journal, MutationFailed
from sandboxes.mailchimp.addresses import subscriber_hash
from sandboxes.mailchimp.api import Api
from sandboxes.mailchimp.times import stamp

if TYPE_CHECKING:
    from sandboxes.mailchimp.sandbox import Mailchimp

SHOP = "shop"


class ShopMutations:
    """Each public method is a mutation. The journal, which is about our client, hears nothing of it."""

    def __init__(self, sandbox: "Mailchimp") -> None:
        self._account = sandbox.account
        self._clock = sandbox.clock

    def add_shop(self, store_id: str = SHOP, list_id: str = "", currency: str = "EUR") -> str:
        """A store that somebody else fills."""
        audience = list_id or next(iter(self._account.audiences))
        body = {"id": store_id, "list_id": audience, "name": store_id.title(), "currency_code": currency}
        self._call("POST", "/ecommerce/stores", body)
        return store_id

    def add_shop_product(
        self, product_id: str, sku: str = "", title: str = "", store_id: str = SHOP, variant_id: str = ""
    ) -> str:
        variant = {"id": variant_id or product_id, "title": title or product_id, "sku": sku}
        body = {"id": product_id, "title": title or product_id, "variants": [variant]}
        self._call("PUT", f"/ecommerce/stores/{store_id}/products/{product_id}", body)
        return product_id

    def place_order(
        self,
        order_id: str,
        email: str,
        lines: Sequence[Mapping[str, object]],
        store_id: str = SHOP,
        fields: Mapping[str, object] | None = None,
    ) -> str:
        """Somebody buys. A line names `product_id`, `quantity`, `price`; an unknown product is made."""
        told = []
        for index, line in enumerate(lines):
            product = str(line["product_id"])
            if product not in self._account.stores[store_id].products:
                self.add_shop_product(product, store_id=store_id)
            told.append({"id": str(index + 1), "product_variant_id": product, **line})
        body = {
            "id": order_id,
            "customer": {"id": subscriber_hash(email), "email_address": email, "opt_in_status": False},
            "currency_code": str(self._account.stores[store_id].details["currency_code"]),
            "order_total": sum(_number(line["price"]) * _number(line["quantity"]) for line in lines),
            "financial_status": "paid",
            "processed_at_foreign": stamp(self._clock.now()),
            "lines": told,
            **(fields or {}),
        }
        self._call("POST", f"/ecommerce/stores/{store_id}/orders", body)
        return order_id

    def change_order(self, order_id: str, changes: Mapping[str, object], store_id: str = SHOP) -> str:
        self._call("PATCH", f"/ecommerce/stores/{store_id}/orders/{order_id}", dict(changes))
        return order_id

    def delete_order(self, order_id: str, store_id: str = SHOP) -> str:
        self._call("DELETE", f"/ecommerce/stores/{store_id}/orders/{order_id}", None)
        return order_id

    def delete_buyer(self, email: str, store_id: str = SHOP) -> str:
        """The customer goes; their orders stay, and name nobody any more."""
        key = subscriber_hash(email)
        self._call("DELETE", f"/ecommerce/stores/{store_id}/customers/{key}", None)
        return key

    def _call(self, method: str, path: str, body: object) -> None:
        api = Api(self._account, Journal(), self._clock)
        status, answer = api.perform(method, path, b"" if body is None else json.dumps(body).encode())
        if status >= 400:
            raise MutationFailed(answer)


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return value
    raise MutationFailed(f"{value!r} is no number")
