"""The first rows of a tenant: deterministic, mostly ordinary, odd where real data is odd.

Customers are odd by number, so that shares are the same in small and in large tenants; of the e-mails the
first line that fits counts:

    every 60th   shares the business relation of the customer before it: name, address and e-mail
    every 40th   no e-mail at all
    every 50th   an invalid e-mail
    every 45th   several e-mails in the one field

Every 35th is on credit hold, the 23rd, 53rd... are inactive, the 9th, 34th... are of type INTERNAL, every
97th has a code with awkward characters. Set EMEA has the first codes of set NAM again, for other companies.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from sandboxes.people import Party, parties
from sandboxes.qad.store import Key, Record
from sandboxes.qad.tenant import DOMAINS, NO_SCOPE, Domain, Tenant

MAIN_SET, MAIN_DOMAIN = "NAM", "10USA"
FEW = 25  # customers and items of the others
FEW_ORDERS = 5
DAYS = 700

INVALID_EMAILS = (
    "no-at-sign.example", "two@@signs.example", "blank in@name.example", "@no-local.example", "no-domain@",
    "trailing.dot@name.example.", "no-top-level@localonly", "n/a", "-", "see fax",
)  # fmt: skip
AWKWARD_CODES = (
    "O'H-{}",
    "A/B{}",
    "Å-{}",
    "{}+1",
    "R&D{}",
    "50%{}",
    "#{}",
    "A,B{}",
    "{}.X",
    "東京{}",
    "{};X",
)
TERMS = ("NET30", "NET60", "2/10N30", "COD")
EU = frozenset({"SE", "DE", "FR", "PL", "GR", "ES", "CZ"})
NOUNS = ("Valve", "Bracket", "Mug", "Lamp", "Kettle", "Chair", "Glove", "Filter", "Brush", "Tile", "Rope")
LOOKS = ("steel", "oak", "blå", "brushed", "22 mm", "XL", "rød", "matt/black", 'size "M"', "grün", "Ω-type")

Row = tuple[Key, Record]


def fill(tenant: Tenant) -> None:
    options = tenant.options
    moments = [
        options.built_at - timedelta(days=DAYS - day, seconds=day * 97 % 86_400) for day in range(DAYS)
    ]
    for domain in DOMAINS.values():
        main = domain.code == MAIN_DOMAIN
        if main or domain.shared_set != MAIN_SET:
            count = options.customers if main else min(options.customers, FEW)
            people = list(parties(count, options.seed if main else options.seed + 1))
            tenant.relations.fill(_relations(domain.shared_set, people, moments))
            tenant.customers.fill(_customers(domain.shared_set, people, moments))
        tenant.suppliers.fill(_suppliers(domain, moments[0]))
        items = list(_items(domain, options.items if main else min(options.items, FEW), moments))
        tenant.items.fill(items)
        orders = options.orders if main else min(options.orders, FEW_ORDERS)
        _fill_sales(tenant, domain, items, orders, moments)


def customer_code(number: int) -> str:
    """Numbers as text: some have five digits and some six, so they sort as text and not as numbers."""
    if number % 97 == 0:
        return AWKWARD_CODES[number // 97 % len(AWKWARD_CODES)].format(_short(number))
    return str(10_000 + number)


def email(party: Party) -> str:
    number, own = party.number, party.email
    if number % 40 == 0:
        return ""
    if number % 50 == 0:
        return INVALID_EMAILS[number // 50 % len(INVALID_EMAILS)]
    if number % 45 == 0:
        sign = ("; ", ",", " ", " / ")[number // 45 % 4]
        return sign.join((own, f"accounts.{own}", f"orders.{own}"))
    return own.upper() if number % 70 == 0 else own


def _short(number: int) -> str:
    """In base 36: four characters go up to 1,679,615."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits


def _relation_code(shared_set: str, number: int) -> str:
    return f"{shared_set}-{number - 1 if number % 60 == 0 else number}"


def _relations(shared_set: str, people: list[Party], moments: list[datetime]) -> Iterator[Row]:
    for party in people:
        if party.number % 60 == 0:
            continue
        search = party.company[:20].upper()
        values = (
            party.company[:100], search, party.street[:50], party.city, party.zip_code, party.phone,
            email(party), party.country,
        )  # fmt: skip
        code = _relation_code(shared_set, party.number)
        yield (NO_SCOPE, code), Record(values, moments[party.number * 37 % DAYS])


def _customers(shared_set: str, people: list[Party], moments: list[datetime]) -> Iterator[Row]:
    for party in people:
        number = party.number
        kind = "INTERNAL" if number % 25 == 9 else "WHOLESL" if number % 3 == 0 else "RETAIL"
        tax = "EU" if party.country in EU else "TAXABLE" if party.country == "US" else "EXEMPT"
        limit = Decimal(number % 40 * 1000)
        values = (
            _relation_code(shared_set, number), party.currency, TERMS[number % 4], tax, kind, party.language,
            tax == "TAXABLE", number % 35 == 0, number % 30 != 23,
            f"{party.country}{5_560_000_000 + number}" if number % 3 else "", limit,
        )  # fmt: skip
        yield (shared_set, customer_code(number)), Record(values, moments[number * 37 % DAYS])


def _suppliers(domain: Domain, moment: datetime) -> Iterator[Row]:
    """Addresses that are no customers', among those that are."""
    for number in range(1, 8):
        yield (
            (domain.code, f"S{1000 + number}"),
            Record((f"Supplier {number} {domain.code}", "Boise", "US"), moment),
        )


def _items(domain: Domain, count: int, moments: list[datetime]) -> Iterator[Row]:
    for number in range(1, count + 1):
        noun, look = NOUNS[number % len(NOUNS)], LOOKS[number // 11 % len(LOOKS)]
        code = f"A/B {number}" if number % 41 == 0 else f"{10 + number % 7}-{number:05d}"
        price = Decimal(0) if number % 33 == 0 else Decimal(number * 137 % 90_000 + 95) / 100
        status = "OBSOLETE" if number % 20 == 0 else "PLAN" if number % 20 == 11 else "ACTIVE"
        name = "" if number % 47 == 0 else f"{noun} {look}"[:24]
        values = (
            name, f"No. {number}" if number % 4 == 0 else "", f"PL{number % 5}", "FG", f"G{number % 9}",
            ("EA", "EA", "KG", "BX")[number % 4], status, domain.sites[number % len(domain.sites)], price,
        )  # fmt: skip
        yield (domain.code, code), Record(values, moments[number * 53 % DAYS])


def _fill_sales(
    tenant: Tenant, domain: Domain, items: list[Row], count: int, moments: list[datetime]
) -> None:
    codes = tenant.customers.scope(domain.shared_set)
    if not codes or not items:
        return
    orders: list[Row] = []
    lines: list[Row] = []
    for number in range(1, count + 1):
        key, moment = (domain.code, f"SO{100_000 + number}"), moments[number * 41 % DAYS]
        buyer = codes[number * 7 % len(codes)][1]
        terms, day = TERMS[number % 4], moment.date()
        status = "HD" if number % 30 == 0 else "C" if number % 4 == 0 else ""
        reference = f"PO-{number:05d}" if number % 3 else ""
        values = (
            buyer, buyer, buyer, domain.sites[0], domain.currency, terms, "SALES", "UPS", day,
            day + timedelta(days=14), status, reference,
        )  # fmt: skip
        orders.append((key, Record(values, moment)))
        lines += _lines(key, number, items, moment)
    tenant.orders.fill(orders)
    tenant.lines.fill(lines)
    tenant.numbers[f"order {domain.code}"] = 100_000 + count


def _lines(order: Key, number: int, items: list[Row], moment: datetime) -> Iterator[Row]:
    due: date = moment.date() + timedelta(days=14)
    for at in range(1, number % 3 + 2):
        (_, code), item = items[(number * 5 + at) % len(items)]
        description, unit, price = item.filled[0], item.filled[5], item.filled[8]
        values = (code, description, unit, item.filled[7], Decimal(at), price, price, "0.00", due)
        yield (*order, f"{at:05d}"), Record(values, moment)
