"""/ecommerce/stores/{store_id}/products, with their variants and images."""

from sandboxes.mailchimp.ecommerce_shapes import (
    IMAGE,
    IMAGE_SHAPE,
    NEW_PRODUCT,
    PATCH_IMAGE,
    PATCH_PRODUCT,
    PATCH_VARIANT,
    PRODUCT,
    PUT_PRODUCT,
    VARIANT,
    VARIANT_SHAPE,
)
from sandboxes.mailchimp.errors import bad_request, invalid_resource, not_found, required
from sandboxes.mailchimp.fields import OPEN, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Product, Store
from sandboxes.mailchimp.times import parse_datetime

_EMPTY = ("handle", "url", "description", "type", "vendor", "image_url", "published_at_foreign")
_PARTS = ("id", "variants", "images")
_NO_VARIANT: Answer = {
    "url": "", "sku": "", "price": 0, "inventory_quantity": 0, "image_url": "", "backorders": "",
    "visibility": "",
}  # fmt: skip


def _view(op: Operation, store: Store, product: Product) -> Answer:
    return {
        "id": product.id,
        "currency_code": store.details["currency_code"],
        **dict.fromkeys(_EMPTY, ""),
        **product.details,
        "variants": [_variant_view(op, store, product, one) for one in product.variants.values()],
        "images": [_image_view(op, store, product, one) for one in product.images.values()],
        "_links": op.links("ecommerce", "stores", store.id, "products", product.id),
    }


def _variant_view(op: Operation, store: Store, product: Product, variant: Answer) -> Answer:
    path = ("ecommerce", "stores", store.id, "products", product.id, "variants", str(variant["id"]))
    return {**_NO_VARIANT, **variant, "_links": op.links(*path)}


def _image_view(op: Operation, store: Store, product: Product, image: Answer) -> Answer:
    path = ("ecommerce", "stores", store.id, "products", product.id, "images", str(image["id"]))
    return {"variant_ids": [], **image, "_links": op.links(*path)}


def write_product(op: Operation, store: Store, given: Answer) -> Product:
    """Makes or changes a product. Variants and images are matched by id; those not named stay."""
    product = store.products.get(str(given["id"]))
    if product is None:
        missing = [name for name in ("title", "variants") if not given.get(name)]
        if missing:
            raise required(*missing)
        product, effect = Product(str(given["id"]), {}, {}, {}), "created"
        _change(op, product, given)
        store.products[product.id] = product
    else:
        effect = "updated" if _change(op, product, given) else "unchanged"
    op.journal.wrote("products", f"{store.id}/{product.id}", effect)
    return product


def _change(op: Operation, product: Product, given: Answer) -> bool:
    details = product.details | {name: value for name, value in given.items() if name not in _PARTS}
    if "published_at_foreign" in details:
        details["published_at_foreign"] = parse_datetime(str(details["published_at_foreign"])) or ""
    changed = details != product.details
    variants, images = given.get("variants"), given.get("images")
    for index, row in enumerate(variants if isinstance(variants, list) else ()):
        changed |= _put_row(op, product.variants, row, f"variants.item:{index}", stamped=True)
    for index, row in enumerate(images if isinstance(images, list) else ()):
        changed |= _put_row(op, product.images, row, f"images.item:{index}")
    product.details = details
    return changed


def _put_row(
    op: Operation, held: dict[str, Answer], row: Answer, place: str, *, stamped: bool = False
) -> bool:
    if "id" not in row:
        raise invalid_resource([(place, "Required fields were not provided: id")])
    row_id = str(row["id"])
    before = held.get(row_id, {})
    after = before | row
    if after == before:
        return False
    if stamped:
        after = {"created_at": op.now} | after | {"updated_at": op.now}
    held[row_id] = after
    return True


def list_products(op: Operation) -> Answer:
    store = op.store()
    found = list(store.products.values())
    return {
        "store_id": store.id,
        "products": [_view(op, store, product) for product in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, "products"),
    }


def get_product(op: Operation) -> Answer:
    store = op.store()
    return _view(op, store, _known(op, store))


def post_product(op: Operation) -> Answer:
    store, body = op.store(), op.body(NEW_PRODUCT)
    if body["id"] in store.products:
        raise bad_request("A product with the provided ID already exists in the account for this list.")
    return _view(op, store, write_product(op, store, body))


def put_product(op: Operation) -> Answer:
    store, body = op.store(), op.body(PUT_PRODUCT)
    if body["id"] != op.params["product_id"]:
        raise bad_request("The product ID in the request body does not match the one in the path.")
    return _view(op, store, write_product(op, store, body))


def patch_product(op: Operation) -> Answer:
    store = op.store()
    product, body = _known(op, store), op.body(PATCH_PRODUCT)
    return _view(op, store, write_product(op, store, {**body, "id": product.id}))


def delete_product(op: Operation) -> None:
    store = op.store()
    product = _known(op, store)
    del store.products[product.id]
    op.journal.wrote("products", f"{store.id}/{product.id}", "deleted")


def _known(op: Operation, store: Store) -> Product:
    product = store.products.get(op.params["product_id"])
    if product is None:
        raise not_found()
    return product


def list_variants(op: Operation) -> Answer:
    store = op.store()
    product = _known(op, store)
    found = list(product.variants.values())
    return {
        "store_id": store.id,
        "product_id": product.id,
        "variants": [_variant_view(op, store, product, one) for one in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, "products", product.id, "variants"),
    }


def get_variant(op: Operation) -> Answer:
    store = op.store()
    product = _known(op, store)
    return _variant_view(op, store, product, _part(product.variants, op.params["variant_id"]))


def post_variant(op: Operation) -> Answer:
    store, body = op.store(), op.body(VARIANT)
    if body["id"] in _known(op, store).variants:
        raise bad_request(
            "A product variant with the provided ID already exists in the account for this list."
        )
    return _write_variant(op, store, body)


def put_variant(op: Operation) -> Answer:
    store, body = op.store(), op.body(VARIANT)
    if body["id"] != op.params["variant_id"]:
        raise bad_request("The variant ID in the request body does not match the one in the path.")
    return _write_variant(op, store, body)


def patch_variant(op: Operation) -> Answer:
    store, variant_id = op.store(), op.params["variant_id"]
    _part(_known(op, store).variants, variant_id)
    return _write_variant(op, store, {**op.body(PATCH_VARIANT), "id": variant_id})


def _write_variant(op: Operation, store: Store, given: Answer) -> Answer:
    product = _known(op, store)
    effect = "updated" if given["id"] in product.variants else "created"
    if not _put_row(op, product.variants, given, "", stamped=True):
        effect = "unchanged"
    op.journal.wrote("variants", f"{store.id}/{product.id}/{given['id']}", effect)
    return _variant_view(op, store, product, product.variants[str(given["id"])])


def delete_variant(op: Operation) -> None:
    store = op.store()
    product = _known(op, store)
    variant = _part(product.variants, op.params["variant_id"])
    if len(product.variants) == 1:
        raise bad_request("A product must have at least one variant.")
    del product.variants[str(variant["id"])]
    op.journal.wrote("variants", f"{store.id}/{product.id}/{variant['id']}", "deleted")


def list_images(op: Operation) -> Answer:
    store = op.store()
    product = _known(op, store)
    found = list(product.images.values())
    return {
        "store_id": store.id,
        "product_id": product.id,
        "images": [_image_view(op, store, product, one) for one in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, "products", product.id, "images"),
    }


def post_image(op: Operation) -> Answer:
    store = op.store()
    product, body = _known(op, store), op.body(IMAGE)
    if body["id"] in product.images:
        raise bad_request("A product image with the provided ID already exists in the account for this list.")
    _put_row(op, product.images, body, "")
    return _image_view(op, store, product, product.images[str(body["id"])])


def get_image(op: Operation) -> Answer:
    store = op.store()
    product = _known(op, store)
    return _image_view(op, store, product, _part(product.images, op.params["image_id"]))


def patch_image(op: Operation) -> Answer:
    store = op.store()
    product, body = _known(op, store), op.body(PATCH_IMAGE)
    image = _part(product.images, op.params["image_id"])
    _put_row(op, product.images, {**body, "id": image["id"]}, "")
    return _image_view(op, store, product, product.images[str(image["id"])])


def delete_image(op: Operation) -> None:
    product = _known(op, op.store())
    _part(product.images, op.params["image_id"])
    del product.images[op.params["image_id"]]


def _part(held: dict[str, Answer], part_id: str) -> Answer:
    if part_id not in held:
        raise not_found()
    return held[part_id]


_ALL = "/ecommerce/stores/{store_id}/products"
_ONE = f"{_ALL}/{{product_id}}"
_VARIANTS = f"{_ONE}/variants"
_IMAGES = f"{_ONE}/images"
ROUTES = [
    Route("GET", _ALL, list_products, shape("store_id total_items", products=PRODUCT, _links=OPEN)),
    Route("POST", _ALL, post_product),
    Route("GET", _ONE, get_product, PRODUCT),
    Route("PUT", _ONE, put_product),
    Route("PATCH", _ONE, patch_product),
    Route("DELETE", _ONE, delete_product),
    Route("GET", _VARIANTS, list_variants,
          shape("store_id product_id total_items", variants=VARIANT_SHAPE, _links=OPEN)),
    Route("POST", _VARIANTS, post_variant),
    Route("GET", f"{_VARIANTS}/{{variant_id}}", get_variant, VARIANT_SHAPE),
    Route("PUT", f"{_VARIANTS}/{{variant_id}}", put_variant),
    Route("PATCH", f"{_VARIANTS}/{{variant_id}}", patch_variant),
    Route("DELETE", f"{_VARIANTS}/{{variant_id}}", delete_variant),
    Route("GET", _IMAGES, list_images,
          shape("store_id product_id total_items", images=IMAGE_SHAPE, _links=OPEN)),
    Route("POST", _IMAGES, post_image),
    Route("GET", f"{_IMAGES}/{{image_id}}", get_image, IMAGE_SHAPE),
    Route("PATCH", f"{_IMAGES}/{{image_id}}", patch_image),
    Route("DELETE", f"{_IMAGES}/{{image_id}}", delete_image),
]  # fmt: skip
