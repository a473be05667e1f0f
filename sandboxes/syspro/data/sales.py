"""Items, stock and sales orders."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from sandboxes.syspro.columns import ORDER_STATUSES, WAREHOUSES
from sandboxes.syspro.data.customers import stamped
from sandboxes.syspro.store import Values
from sandboxes.syspro.world import World

_GOODS = ("Bicycle", "Helmet", "Saddle", "Pump", "Chain", "Pédale", "Wheel", "Rim")
_KINDS = ("touring", "mountain", "child's", '24" steel', "racing & sprint")


def stock_code(number: int) -> str:
    return f"{number:05d}" if number % 3 else f"B{number:03d}-{number % 7}"


def fill_items(world: World) -> None:
    world.table("InvMaster").fill_later(lambda: _items(world))
    world.table("InvWarehouse").fill_later(lambda: _stock(world))


def fill_sales(world: World, orders: int) -> None:
    world.table("SorMaster").fill(_orders(world, orders))
    world.table("SorDetail").fill_later(lambda: _lines(world, orders))


def _items(world: World) -> Iterator[Values]:
    table = world.table("InvMaster")
    for number in range(1, world.options.items + 1):
        row = table.blank()
        name = f"{_GOODS[number % 8]} {_KINDS[number % 5]}"
        row[:4] = [stock_code(number), name, f"{name} no. {number}", ("BIKE", "PART")[number % 2]]
        yield stamped(world, table, row)


def _stock(world: World) -> Iterator[Values]:
    table = world.table("InvWarehouse")
    for number in range(1, world.options.items + 1):
        for at, warehouse in enumerate(WAREHOUSES):
            row = table.blank()
            held = number * (at + 3) % 200
            row[:4] = [stock_code(number), warehouse, Decimal(held), Decimal(held - number % 9)]
            yield stamped(world, table, row)


def _orders(world: World, orders: int) -> Iterator[Values]:
    table, midnight = world.table("SorMaster"), world.options.built_at.replace(hour=0)
    customers = world.table("ArCustomer").keys
    for number in range(1, orders + 1) if customers else ():
        row = table.blank()
        date = midnight - timedelta(days=number * 13 % 365)
        (customer,) = customers[number * 31 % len(customers)]
        known = {
            "SalesOrder": f"{number:06d}", "Customer": customer, "CustomerPoNumber": f"PO-{number}",
            "OrderStatus": ORDER_STATUSES[number % len(ORDER_STATUSES)],
            "OrderDate": date, "ReqShipDate": date + timedelta(days=14),
        }  # fmt: skip
        for name, value in known.items():
            row[table.columns[name].at] = value
        yield stamped(world, table, row, date)


def _lines(world: World, orders: int) -> Iterator[Values]:
    table, items = world.table("SorDetail"), max(1, world.options.items)
    for number in range(1, orders + 1):
        for line in range(1, 2 + number % 3):
            row = table.blank()
            quantity = Decimal(1 + number * line % 9)
            row[:8] = [
                f"{number:06d}", Decimal(line), stock_code(1 + number * line % items), "FG", quantity,
                quantity, Decimal(0), Decimal(995 + number * line % 5000) / 100,
            ]  # fmt: skip
            yield stamped(world, table, row)
