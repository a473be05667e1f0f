"""CRS610MI, what reads: lists by key position, searches, and the records of one customer."""

from collections.abc import Iterator, Mapping

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.search import Search
from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import BY_NAME, BY_SEARCH_KEY, World


def list_by_number(world: World, call: MiCall) -> Records:
    """From the start key on, that key included: there is no other way to page."""
    return _listed(world, call, world.customers.scan(call.company, call.value("CUNO")))


def list_by_name(world: World, call: MiCall) -> Records:
    return _listed(world, call, world.customers.scan(call.company, call.value("CUNM"), order=BY_NAME))


def list_by_search_key(world: World, call: MiCall) -> Records:
    return _listed(world, call, world.customers.scan(call.company, call.value("ALCU"), order=BY_SEARCH_KEY))


def list_by_market_dim(world: World, call: MiCall) -> Records:
    """FRCO is where to start here, not the county of the same name, and TOCO is the last one wanted."""
    last = call.value("TOCO")
    for row in _listed(world, call, world.customers.scan(call.company, call.value("FRCO"))):
        if last and row["CUNO"] > last:
            return
        yield row


def list_templates(world: World, call: MiCall) -> Records:
    return world.templates.where(call.company)


def search_customer(world: World, call: MiCall) -> Records:
    search = _search(world, call)
    return (row for row in world.customers.where(call.company) if search.finds(_whole(world, row)))


def search_credit(world: World, call: MiCall) -> Records:
    """Figures of the company as a whole, though the list has a column for the division."""
    search = _search(world, call)
    for row in world.customers.where(call.company):
        if search.finds(_whole(world, row)):
            figures = world.credit(call.company, row["CUNO"])
            yield {
                "DIVI": "", "CUNO": row["CUNO"], "PYNO": world.customers.value(row, "PYNO"),
                "ODIN": figures["TDIN"], "NOOD": figures["ODUE"], "OINA": figures["TOIN"],
                "OVNI": figures["TBLG"], "OWOR": "0.00", "OVWR": "0.00", "LIND": figures["LIND"],
                "PGNM": "CRS610", "FILE": "OCUSMA",
            }  # fmt: skip


def basic_data(world: World, call: MiCall) -> Records:
    return [world.customer(call.company, call.value("CUNO"))]


def financial(world: World, call: MiCall) -> Records:
    """With a division: what is owed there. Without one: in the whole company."""
    row = world.customer(call.company, call.value("CUNO"))
    division = call.value("DIVI")
    figures = world.credit(call.company, row["CUNO"], division)
    del figures["LIND"]
    return [{**_whole(world, row), **figures, "DIVI": division}]


def order_info(world: World, call: MiCall) -> Records:
    row = world.customer(call.company, call.value("CUNO"))
    return [{**_whole(world, row), "DIVI": call.value("DIVI")}]


def list_addresses(world: World, call: MiCall) -> Records:
    world.customer(call.company, call.value("CUNO"))
    since, kind = world.since(call.value("LMTS")), call.value("ADRT")
    for row in world.addresses.where(call.company, call.value("CUNO")):
        if row["ADRT"] >= kind and (since is None or int(row["LMTS"]) > since):
            yield row


def _listed(world: World, call: MiCall, rows: Iterator[Row]) -> Iterator[Row]:
    """Of this company, and changed since where a time was given."""
    since = world.since(call.value("LMTS"))
    for row in rows:
        if row["CONO"] != call.company:
            return
        if since is None or int(row["LMTS"]) > since:
            yield row


def _search(world: World, call: MiCall) -> Search:
    if not world.options.search_index:
        raise Nok("The search index for CRS610 is not available", "XSE0001", "SQRY")
    return Search(call.value("SQRY"))


def _whole(world: World, row: Row) -> Mapping[str, str]:
    return {**world.customers.defaults, **row}


TRANSACTIONS = {
    "LstByNumber": list_by_number,
    "LstByName": list_by_name,
    "LstBySearchKey": list_by_search_key,
    "LstByMarketDim": list_by_market_dim,
    "LstTemplates": list_templates,
    "SearchCustomer": search_customer,
    "SearchCustCred": search_credit,
    "GetBasicData": basic_data,
    "GetFinancial": financial,
    "GetOrderInfo": order_info,
    "LstAddresses": list_addresses,
}
