"""The bodies the e-commerce endpoints take, and the shapes they answer in."""

from sandboxes.mailchimp.errors import Fault
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.schema import (
    FINE,
    Check,
    array,
    boolean,
    date_time,
    integer,
    mismatch,
    number,
    plain_text,
    record,
    text,
)

LONGEST_CUSTOMER_ID = 50

_CURRENCIES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT "
    "LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR "
    "NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF "
    "XPF YER ZAR ZMW ZWL"
)
CURRENCIES = frozenset(_CURRENCIES.split())


def currency(value: object) -> list[Fault]:
    if type(value) is not str:
        return mismatch("string", value)
    return FINE if value in CURRENCIES else [("", "This value is not a valid currency.")]


def country_code(value: object) -> list[Fault]:
    if type(value) is not str:
        return mismatch("string", value)
    fine = not value or (len(value) == 2 and value.isascii() and value.isupper())
    return FINE if fine else [("", "This value is not a valid country.")]


_ID = text(shortest=1)
_CUSTOMER_ID = text(shortest=1, longest=LONGEST_CUSTOMER_ID)
_ADDRESS_NAMES = ("address1", "address2", "city", "province", "province_code", "postal_code", "country")
_ADDRESS: dict[str, Check] = {**dict.fromkeys(_ADDRESS_NAMES, plain_text), "country_code": country_code}
_PLACE = _ADDRESS | {"latitude": number, "longitude": number}
_DELIVERY = record(_PLACE | dict.fromkeys(("name", "company", "phone"), plain_text))

_STORE: dict[str, Check] = {
    **dict.fromkeys(
        ("platform", "domain", "email_address", "money_format", "primary_locale", "timezone", "phone"),
        plain_text,
    ),
    "name": text(shortest=1),
    "currency_code": currency,
    "is_syncing": boolean,
    "address": record(_PLACE),
}
NEW_STORE = record(_STORE | {"id": _ID, "list_id": _ID}, ("id", "list_id", "name", "currency_code"))
PATCH_STORE = record(_STORE)

_CUSTOMER: dict[str, Check] = {
    **dict.fromkeys(("first_name", "last_name", "company"), plain_text),
    "opt_in_status": boolean,
    "address": record(_ADDRESS),
}
PUT_CUSTOMER = record(
    _CUSTOMER | {"id": _CUSTOMER_ID, "email_address": plain_text, "sms_phone_number": plain_text},
    ("id", "opt_in_status"),
)
PATCH_CUSTOMER = record(_CUSTOMER)
# In an order the length of the id is no matter of the schema: a longer one is answered 404.
_ORDERING_CUSTOMER = record(_CUSTOMER | {"id": _ID, "email_address": plain_text}, ("id",))

_VARIANT: dict[str, Check] = {
    **dict.fromkeys(("url", "sku", "image_url", "backorders", "visibility"), plain_text),
    "title": text(shortest=1),
    "price": number,
    "inventory_quantity": integer,
}
VARIANT = record(_VARIANT | {"id": _ID}, ("id", "title"))
PATCH_VARIANT = record(_VARIANT)
_IMAGE: dict[str, Check] = {"id": _ID, "url": text(shortest=1), "variant_ids": array(plain_text)}
IMAGE = record(_IMAGE, ("id", "url"))
PATCH_IMAGE = record(_IMAGE)

_PRODUCT: dict[str, Check] = {
    **dict.fromkeys(("handle", "url", "description", "type", "vendor", "image_url"), plain_text),
    "title": text(shortest=1),
    "variants": array(VARIANT),
    "images": array(IMAGE),
    "published_at_foreign": date_time,
}
NEW_PRODUCT = record(_PRODUCT | {"id": _ID, "variants": array(VARIANT, least=1)}, ("id", "title", "variants"))
PUT_PRODUCT = record(_PRODUCT | {"id": _ID}, ("id",))
# Documented without the ids of variants and images; one that does not say which it is cannot be changed.
PATCH_PRODUCT = record(
    _PRODUCT | {"variants": array(record(_VARIANT | {"id": _ID})), "images": array(PATCH_IMAGE)}
)

_LINE: dict[str, Check] = {
    "product_id": _ID,
    "product_variant_id": _ID,
    "quantity": integer,
    "price": number,
}
_LINE_REQUIRED = ("id", "product_id", "product_variant_id", "quantity", "price")
_ORDER_LINE = _LINE | {"discount": number}
NEW_LINE = record(_ORDER_LINE | {"id": _ID, "product": NEW_PRODUCT}, _LINE_REQUIRED)
PUT_LINE = record(_ORDER_LINE | {"id": _ID, "product": PUT_PRODUCT}, ("id",))
PATCH_LINE = record(_ORDER_LINE)
_PROMO = record(
    {"code": plain_text, "amount_discounted": number, "type": text(enum=("fixed", "percentage"))},
    ("code", "amount_discounted", "type"),
)

ORDER_TIMES = ("processed_at_foreign", "cancelled_at_foreign", "updated_at_foreign")
_ORDER: dict[str, Check] = {
    **dict.fromkeys(
        ("landing_site", "financial_status", "fulfillment_status", "order_url", "tracking_number",
         "tracking_carrier", "tracking_url", "campaign_id"), plain_text,
    ),
    **dict.fromkeys(("order_total", "discount_total", "tax_total", "shipping_total"), number),
    **dict.fromkeys(ORDER_TIMES, date_time),
    "tracking_code": text(enum=("prec",)),
    "currency_code": currency,
    "shipping_address": _DELIVERY,
    "billing_address": _DELIVERY,
    "promos": array(_PROMO),
    "outreach": record({"id": plain_text}),
}  # fmt: skip
ORDER_REQUIRED = ("customer", "currency_code", "order_total", "lines")
NEW_ORDER = record(
    _ORDER | {"id": _ID, "customer": _ORDERING_CUSTOMER, "lines": array(NEW_LINE)}, ("id", *ORDER_REQUIRED)
)
PUT_ORDER = record(_ORDER | {"id": _ID, "customer": _ORDERING_CUSTOMER, "lines": array(PUT_LINE)}, ("id",))
PATCH_ORDER = record(_ORDER | {"customer": PATCH_CUSTOMER, "lines": array(record(_ORDER_LINE | {"id": _ID}))})

_CART: dict[str, Check] = {
    "campaign_id": plain_text,
    "checkout_url": plain_text,
    "currency_code": currency,
    "order_total": number,
    "tax_total": number,
}
NEW_CART_LINE = record(_LINE | {"id": _ID}, _LINE_REQUIRED)
PATCH_CART_LINE = record(_LINE)
NEW_CART = record(
    _CART | {"id": _ID, "customer": _ORDERING_CUSTOMER, "lines": array(NEW_CART_LINE)},
    ("id", *ORDER_REQUIRED),
)
PATCH_CART = record(_CART | {"customer": PATCH_CUSTOMER, "lines": array(record(_LINE | {"id": _ID}))})

_ADDRESS_SHAPE = shape(" ".join(_ADDRESS))
_DELIVERY_SHAPE = shape(f"{' '.join(_PLACE)} name company phone")
STORE: Shape = shape(
    "id list_id name platform domain is_syncing email_address currency_code money_format primary_locale "
    "timezone phone created_at updated_at list_is_active",
    connected_site=OPEN, automations=OPEN, address=shape(" ".join(_PLACE)), _links=OPEN,
)  # fmt: skip
CUSTOMER: Shape = shape(
    "id email_address sms_phone_number opt_in_status company first_name last_name orders_count total_spent "
    "created_at updated_at",
    address=_ADDRESS_SHAPE, _links=OPEN,
)  # fmt: skip
VARIANT_SHAPE: Shape = shape(f"id created_at updated_at {' '.join(_VARIANT)}", _links=OPEN)
IMAGE_SHAPE: Shape = shape("id url variant_ids", _links=OPEN)
PRODUCT: Shape = shape(
    "id currency_code title handle url description type vendor image_url published_at_foreign",
    variants=VARIANT_SHAPE, images=IMAGE_SHAPE, _links=OPEN,
)  # fmt: skip
LINE: Shape = shape(
    "id product_id product_title product_variant_id product_variant_title image_url quantity price discount",
    _links=OPEN,
)
ORDER: Shape = shape(
    "id store_id campaign_id landing_site financial_status fulfillment_status currency_code order_total "
    "order_url discount_total tax_total shipping_total tracking_code processed_at_foreign "
    "cancelled_at_foreign updated_at_foreign tracking_number tracking_carrier tracking_url",
    customer=CUSTOMER, shipping_address=_DELIVERY_SHAPE, billing_address=_DELIVERY_SHAPE, lines=LINE,
    promos=shape("code amount_discounted type"), outreach=shape("id name type published_time"), _links=OPEN,
)  # fmt: skip
CART: Shape = shape(
    "id campaign_id checkout_url currency_code order_total tax_total created_at updated_at",
    customer=CUSTOMER, lines=LINE, _links=OPEN,
)  # fmt: skip
