"""Customers, and what hangs under them."""

from collections.abc import Iterator
from datetime import date, timedelta

from sandboxes.ifs_cloud.data.identities import LONG_AGO, customer_id, emails
from sandboxes.ifs_cloud.data.rows import DAYS, row_maker, versions
from sandboxes.ifs_cloud.store import Values
from sandboxes.ifs_cloud.world import World
from sandboxes.people import Party, parties

CORPORATE_FORMS = ("AB", "GMBH", "LTD", None)


def fill_customers(world: World) -> list[Party]:
    people = list(parties(world.options.customers, world.options.seed))
    world.table("CustomerInfo").fill(_customers(world, people), versions(world, 7))
    world.table("CommunicationMethod").fill(_communication(world, people), versions(world, 11))
    world.table("CustomerInfoAddress").fill_later(lambda: _addresses(world, people))
    world.table("CustomerInfoAddressType").fill_later(lambda: _address_types(world))
    world.table("CustomerInfoContact").fill_later(lambda: _contacts(world, people))
    world.table("CustOrdCustomer").fill_later(lambda: _sales_settings(world, people))
    world.table("CustomerCreditInfo").fill_later(lambda: _credit(world))
    return people


def _customers(world: World, people: list[Party]) -> Iterator[Values]:
    made = row_maker(
        world.schema.types["CustomerInfo"],
        f"""CustomerId Name CreationDate PartyType DefaultDomain DefaultLanguage Country CountryCode
        CustomerCategory AssociationNo CorporateForm BusinessClassification IdentifierRefValidation
        MainRepresentative OneTime OneTimeDb B2bCustomer ValidDataProcessingPurpose
        {world.options.change_attribute}""",
    )
    start = world.options.built_at - timedelta(days=DAYS)
    moments = [start + timedelta(days=day, seconds=day * 97 % 86_400) for day in range(DAYS)]
    with_change = bool(world.options.change_attribute)
    for party in people:
        number = party.number
        moment = moments[number * 37 % DAYS]
        once = number % 250 == 0
        values = [
            customer_id(number), party.company, moment.date(), "Customer", True, party.language,
            party.country, party.country, "Prospect" if number % 30 == 7 else "Customer",
            str(5_560_000_000 + number) if number % 3 else None, CORPORATE_FORMS[number % 4], None, "None",
            f"REP{number % 9}", once, "TRUE" if once else "FALSE", number % 8 == 0, number % 5 != 0,
        ]  # fmt: skip
        yield made([*values, moment] if with_change else values)


def _communication(world: World, people: list[Party]) -> Iterator[Values]:
    email = world.options.email_method
    made = row_maker(
        world.schema.types["CommunicationMethod"],
        """PartyType Identity CommId Name Description MethodId Value AddressId MethodDefault AddressDefault
        ValidFrom ValidTo""",
    )
    for party in people:
        number, who, comm_id = party.number, party.person, 0
        identity = customer_id(number)
        address = "01" if number % 4 == 0 else None
        if number % 2:
            comm_id = 1
            phone = party.phone
            yield made(
                ("Customer", identity, 1, who, "Office", "Phone", phone, None, True, False, LONG_AGO, None)
            )
        for value, default, since, until in emails(party, people):
            comm_id += 1
            head = ("Customer", identity, comm_id, who, None, email, value)
            yield made((*head, address, default, False, since, until))
        if number % 400 == 0:
            value = f"supplier.{number}@vendor.example"
            head = ("Supplier", identity, 1, "Ordering", None, email, value)
            yield made((*head, None, True, False, LONG_AGO, None))


def _addresses(world: World, people: list[Party]) -> Iterator[Values]:
    made = row_maker(
        world.schema.types["CustomerInfoAddress"],
        "CustomerId AddressId Name Address1 ZipCode City Country DefaultDomain ValidFrom",
    )
    for party in people:
        identity, street = customer_id(party.number), party.street
        place = (party.zip_code, party.city, party.country)
        yield made((identity, "01", party.company, street[:35], *place, True, LONG_AGO))
        if party.number % 12 == 0:
            yield made((identity, "02", party.company, f"{street} B"[:35], *place, True, None))


def _address_types(world: World) -> Iterator[Values]:
    addresses = world.table("CustomerInfoAddress")
    for row in addresses.rows.values():
        customer, address = (addresses.value(row, name) for name in ("CustomerId", "AddressId"))
        for code in ("Delivery", "Document", "Pay") if address == "01" else ("Delivery",):
            yield (customer, address, code, address == "01")


def _contacts(world: World, people: list[Party]) -> Iterator[Values]:
    made = row_maker(
        world.schema.types["CustomerInfoContact"],
        "CustomerId PersonId Role Email Phone CustomerPrimary Created Changed BlockedForCrmObjects",
    )
    built = world.options.built_at
    created = built - timedelta(days=DAYS)
    for party in people:
        if party.number % 5 == 0:
            changed = built - timedelta(days=party.number % DAYS)
            who = (customer_id(party.number), f"PERS{party.number}", "Purchaser", party.email, party.phone)
            yield made((*who, True, created, changed, False))


def _sales_settings(world: World, people: list[Party]) -> Iterator[Values]:
    made = row_maker(
        world.schema.types["CustOrdCustomer"],
        "CustomerNo CurrencyCode CustGrp MarketCode OrderId CrStop",
    )
    for party in people:
        identity = customer_id(party.number)
        yield made((identity, party.currency, "10", party.country, "NO", party.number % 90 == 0))


def _credit(world: World) -> Iterator[Values]:
    made = row_maker(
        world.schema.types["CustomerCreditInfo"],
        "Company PartyType Identity CreditLimit CreditBlock AllowedDueDays NextReviewDate",
    )
    customers = world.table("CustomerInfo")
    for at, row in enumerate(customers.rows.values()):
        identity = customers.value(row, "CustomerId")
        yield made(("10", "Customer", identity, 10_000 + at % 50 * 1000, at % 90 == 0, 30, date(2027, 1, 1)))
