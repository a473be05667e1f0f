"""An order of a shop in our own terms. Pure, exact.

Mailchimp does not say whether a shop's prices include tax, so the totals decide: whichever way the lines add
up to what the customer paid. The tax of the order is spread over its lines by their amounts, as Mailchimp
knows no tax of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from connectors.records import Address, OrderLine, SalesOrder, minor_units
from connectors.records.money import CURRENCIES
from connectors.sdk.errors import RecordRejected
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.times import read_time

TOP = (
    "id", "currency_code", "order_total", "tax_total", "shipping_total", "discount_total", "financial_status",
    "fulfillment_status", "processed_at_foreign", "updated_at_foreign", "cancelled_at_foreign", "order_url",
)  # fmt: skip
PLACE = (
    "address1",
    "address2",
    "city",
    "province",
    "province_code",
    "postal_code",
    "country",
    "country_code",
)
LINE = (
    "id", "product_id", "product_title", "product_variant_id", "product_variant_title", "quantity", "price",
    "discount",
)  # fmt: skip
CANCELLED = "cancelled"
NOTHING = Decimal(0)
LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class _Totals:
    """What an order says it comes to; None where it says nothing."""

    total: Decimal
    tax: Decimal | None
    shipping: Decimal | None
    discount: Decimal | None


def raw_of(order: Mapping[str, Any], store: str, sku_of: Callable[[str, str], str]) -> dict[str, Any]:
    """An order as a row, without what Mailchimp adds to it (attribution, sums of the customer)."""
    customer, place = order.get("customer") or {}, order.get("shipping_address") or {}
    raw = {name: _plain(order.get(name)) for name in TOP}
    raw["store_id"] = store
    raw["customer"] = {"id": customer.get("id"), "email_address": customer.get("email_address")}
    raw["shipping_address"] = {name: place[name] for name in PLACE if place.get(name)}
    raw["lines"] = [
        {
            **{name: _plain(line.get(name)) for name in LINE},
            "sku": sku_of(str(line.get("product_id") or ""), str(line.get("product_variant_id") or "")),
        }
        for line in order.get("lines") or ()
    ]
    return raw


def order_of(raw: Mapping[str, Any]) -> SalesOrder:
    """The order of a row. Raises `RecordRejected` where it makes no sense."""
    currency = str(raw.get("currency_code") or "").strip().upper()
    if currency not in CURRENCIES:
        raise RecordRejected(f"{currency[:20]!r} is not a currency of ISO 4217.", code="currency")
    email = str((raw.get("customer") or {}).get("email_address") or "").strip()
    if not email:
        raise RecordRejected(
            "Mailchimp names no e-mail address of its buyer, who may have been deleted there, so nobody can "
            "tell whose order it is. Enter it in the ERP by hand.",
            code="no_email",
        )
    total = _amount(raw, "order_total")
    if total is None:
        raise RecordRejected("Mailchimp does not say what the order comes to.", code="no_total")
    totals = _Totals(total, *(_amount(raw, f"{name}_total") for name in ("tax", "shipping", "discount")))
    lines = raw.get("lines") or ()
    amounts = [_line_amount(line, currency) for line in lines]
    basis = _basis(amounts, totals, currency)
    taxes = _spread(totals.tax or NOTHING, amounts, currency)
    return SalesOrder(
        key=f"{raw['store_id']}:{raw['id']}",
        reference=str(raw["id"]),
        site=str(raw["store_id"]),
        customer_key=member_hash(email),
        email=email,
        currency=currency,
        state=CANCELLED if raw.get("cancelled_at_foreign") else str(raw.get("financial_status") or ""),
        placed_at=read_time(raw.get("processed_at_foreign")),
        changed_at=read_time(raw.get("updated_at_foreign")),
        total=totals.total,
        tax=totals.tax,
        shipping=totals.shipping,
        discount=totals.discount,
        ship_to=_address(raw.get("shipping_address") or {}),
        lines=tuple(
            _line(line, amount - tax if basis == "gross" else amount, tax)
            for line, amount, tax in zip(lines, amounts, taxes, strict=True)
        ),
        extra={
            "financial_status": raw.get("financial_status") or "",
            "fulfillment_status": raw.get("fulfillment_status") or "",
            "order_url": raw.get("order_url") or "",
            "customer_id": (raw.get("customer") or {}).get("id") or "",
            "adds_up": bool(basis),
        },
    )


def _line(line: Mapping[str, Any], net: Decimal, tax: Decimal) -> OrderLine:
    variant = str(line.get("product_variant_title") or "").strip()
    title = str(line.get("product_title") or "").strip()
    return OrderLine(
        key=str(line.get("id") or ""),
        product_key=str(line.get("product_id") or ""),
        title=f"{title}, {variant}" if variant and variant != title else title,
        quantity=_amount(line, "quantity") or NOTHING,
        net=net,
        gross=net + tax,
        sku=str(line.get("sku") or ""),
    )


def _line_amount(line: Mapping[str, Any], currency: str) -> Decimal:
    price, pieces = _amount(line, "price"), _amount(line, "quantity")
    if price is None or pieces is None:
        raise RecordRejected(f"Its line {line.get('id')} has no price or quantity.", code="line")
    return _rounded(price * pieces - (_amount(line, "discount") or NOTHING), currency)


def _basis(amounts: Sequence[Decimal], totals: _Totals, currency: str) -> str:
    """Whether the lines add up to the total without tax or with it; "" where neither fits.

    The discount of the order may be one beyond those of its lines, or the sum of them.
    """
    tolerance = _cent(currency) * (len(amounts) + 1)
    lines = sum(amounts, totals.shipping or NOTHING)
    for basis, tax in (("net", totals.tax or NOTHING), ("gross", NOTHING)):
        for discount in (totals.discount or NOTHING, NOTHING):
            if abs(lines + tax - discount - totals.total) <= tolerance:
                return basis
    return ""


def _spread(tax: Decimal, amounts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The tax by line; what rounding leaves over goes to the largest line."""
    whole = sum(amounts, NOTHING)
    if not whole or not tax:
        return [NOTHING] * len(amounts)
    shares = [_rounded(tax * amount / whole, currency) for amount in amounts]
    largest = max(range(len(amounts)), key=lambda index: abs(amounts[index]))
    shares[largest] += tax - sum(shares, NOTHING)
    return shares


def _amount(values: Mapping[str, Any], name: str) -> Decimal | None:
    """A number; None where there is none. Raises `RecordRejected` for what is no number anybody means."""
    value = values.get(name)
    if value in (None, "") or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise RecordRejected(f"{str(value)[:40]!r} is no number ({name}).", code="amount") from error
    if not amount.is_finite() or abs(amount) >= LARGEST:
        raise RecordRejected(f"{str(value)[:40]} is no amount anybody means ({name}).", code="amount")
    return amount


def _address(place: Mapping[str, Any]) -> Address:
    found = {name: str(place.get(name) or "").strip() for name in PLACE}
    return Address(
        line1=found["address1"],
        line2=found["address2"],
        city=found["city"],
        region=found["province_code"] or found["province"],
        postal_code=found["postal_code"],
        country=found["country_code"] or found["country"],
    )


def _cent(currency: str) -> Decimal:
    return Decimal(1).scaleb(-minor_units(currency))


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(_cent(currency), rounding=ROUND_HALF_UP)


def _plain(value: object) -> object:
    """A value as it is kept: amounts as text, so that no digit is lost."""
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        text = f"{number:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
    return value
