"""The lines of orders and carts: what each may refer to, how they are matched, shown and changed."""

from collections.abc import Mapping

from sandboxes.mailchimp.ecommerce_products import write_product
from sandboxes.mailchimp.errors import bad_request, invalid_resource, not_found
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.state import Order, Store

NO_PRODUCT = "A product with the provided ID does not exist in the account for this list."
NO_VARIANT = "A product with the provided variant ID does not exist in the account for this list."
REPEATED_LINE = "An order may not contain the same line item id more than once."
NO_LINES = "An order must contain at least one line item."

_REQUIRED = ("product_id", "product_variant_id", "quantity", "price")


def merged_lines(
    op: Operation, store: Store, held: Mapping[str, Answer], given: object
) -> dict[str, dict[str, object]]:
    """The lines after `given` was written over them: matched by id, the others stay as they were.

    Whether the vendor replaces them instead is written nowhere; who wants a line gone has to delete it.
    """
    rows = given if isinstance(given, list) else []
    if not rows:
        raise bad_request(NO_LINES)
    if len({row.get("id") for row in rows}) < len(rows):
        raise bad_request(REPEATED_LINE)
    lines = dict(held)
    for index, row in enumerate(rows):
        place = f"lines.item:{index}"
        if "id" not in row:
            raise invalid_resource([(place, "Required fields were not provided: id")])
        line = lines.get(row["id"], {}) | {name: value for name, value in row.items() if name != "product"}
        missing = [name for name in _REQUIRED if name not in line]
        if missing:
            raise invalid_resource([(place, f"Required fields were not provided: {', '.join(missing)}")])
        if "product" in row:
            write_product(op, store, row["product"])
        check_reference(store, line)
        lines[row["id"]] = line
    return lines


def check_reference(store: Store, line: Mapping[str, object]) -> None:
    product = store.products.get(str(line["product_id"]))
    if product is None:
        raise bad_request(NO_PRODUCT)
    if str(line["product_variant_id"]) not in product.variants:
        raise bad_request(NO_VARIANT)


def line_view(op: Operation, store: Store, order: Order, line: Mapping[str, object], kind: str) -> Answer:
    product = store.products.get(str(line["product_id"]))
    variant = product.variants.get(str(line["product_variant_id"]), {}) if product else {}
    product_image = product.details.get("image_url", "") if product else ""
    view: Answer = {
        "id": line["id"],
        "product_id": line["product_id"],
        "product_title": product.details["title"] if product else "",
        "product_variant_id": line["product_variant_id"],
        "product_variant_title": variant.get("title", ""),
        "quantity": line["quantity"],
        "price": line["price"],
    }
    if kind == "orders":
        view["discount"] = line.get("discount", 0)
        view["image_url"] = variant.get("image_url") or product_image
    view["_links"] = op.links("ecommerce", "stores", store.id, kind, order.id, "lines", str(line["id"]))
    return view


def list_lines(op: Operation, store: Store, order: Order, kind: str) -> Answer:
    found = list(order.lines.values())
    return {
        "store_id": store.id,
        f"{kind.removesuffix('s')}_id": order.id,
        "lines": [line_view(op, store, order, line, kind) for line in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, kind, order.id, "lines"),
    }


def known_line(op: Operation, order: Order) -> dict[str, object]:
    line = order.lines.get(op.params["line_id"])
    if line is None:
        raise not_found()
    return line


def added_line(op: Operation, store: Store, order: Order, body: Answer) -> str:
    if body["id"] in order.lines:
        raise bad_request(REPEATED_LINE)
    order.lines = merged_lines(op, store, order.lines, [body])
    return str(body["id"])


def changed_line(op: Operation, store: Store, order: Order, body: Answer) -> bool:
    line = known_line(op, order)
    after = line | body
    check_reference(store, after)
    order.lines[str(line["id"])] = after
    return after != line


def removed_line(op: Operation, order: Order) -> None:
    line = known_line(op, order)
    if len(order.lines) == 1:
        raise bad_request(NO_LINES)
    del order.lines[str(line["id"])]
