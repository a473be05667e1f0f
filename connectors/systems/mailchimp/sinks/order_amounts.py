"""The money of an order in Mailchimp's terms. Pure, exact, and adding up to the cent.

price x quantity - discount = the net amount of a line
net amounts + tax_total     = order_total = the gross amounts of the lines, each rounded as its currency is
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any

from connectors.records import Money, OrderLine, minor_units
from connectors.systems.mailchimp.ids import safe_id


def line_of(line: OrderLine, currency: str) -> dict[str, Any]:
    """A line with the source's key of its product, to be exchanged for its id when it is sent.

    Mailchimp counts in whole pieces: what is sold by weight or length (or taken back) is one piece at the
    price of the whole line. Where the unit price is no amount of the currency it is rounded up, and the rest
    comes off as the line's discount.
    """
    net = Money(line.net, currency).rounded().amount
    pieces = (
        int(line.quantity) if line.quantity > 0 and line.quantity == line.quantity.to_integral_value() else 1
    )
    cent = Decimal(1).scaleb(-minor_units(currency))
    price = (net / pieces).quantize(cent, rounding=ROUND_CEILING)
    wire: dict[str, Any] = {
        "id": safe_id(line.key),
        "product_id": line.product_key,
        "product_variant_id": line.product_key,
        "quantity": pieces,
        "price": Money(price, currency).wire(),
    }
    if rest := price * pieces - net:
        wire["discount"] = Money(rest, currency).wire()
    return wire


def total(lines: tuple[OrderLine, ...], currency: str) -> Decimal:
    """What the lines come to with tax."""
    return sum((Money(line.gross, currency).rounded().amount for line in lines), Decimal(0))


def tax(lines: tuple[OrderLine, ...], currency: str) -> Decimal:
    """How much of it is tax."""
    return total(lines, currency) - sum(
        (Money(line.net, currency).rounded().amount for line in lines), Decimal(0)
    )
