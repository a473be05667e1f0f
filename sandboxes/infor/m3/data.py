"""Fills an M3 with customers, suppliers, items, orders and invoices, odd ones among them; no chance in it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import COUNTRIES, PAID, World
from sandboxes.people import Party, parties

FIRST_CUSTOMER = 10_000
TEMPLATES = (
    ("TMPLDOM", "Domestic customers"),
    ("TMPLEXP", "Export customers"),
    ("TMPLWEB", "Web shop customers"),
)
# Letters that a URL must escape, and a letter that sorts after every digit.
AWKWARD = {97: "A&B{}", 194: "X+{}", 291: "Y/{}", 388: "Z#{}", 485: "Q%{}"}
NO_DECIMALS = frozenset({"JPY"})
FURTHER_COMPANY_SHARE = 20  # company 200 has a twentieth of the customers, under the same numbers


def fill(world: World) -> None:
    options = world.options
    main, further = str(options.user_company), [c for c in world.divisions if c != str(options.user_company)]
    rows = list(_customers(world, main, options.customers, options.seed))
    for company in further:
        rows += _customers(world, company, options.customers // FURTHER_COMPANY_SHARE, options.seed + 1)
    world.countries = {row["CSCD"] for row in rows} | {"SE", "DE", "UK", "US", "FR"}
    world.currencies = {row["CUCD"] for row in rows} | {"EUR", "SEK", "USD", "GBP"}
    world.customers.fill(rows)
    world.templates.fill(
        {"CONO": company, "CUNO": number, "CUNM": name}
        for company in world.divisions
        for number, name in TEMPLATES
    )
    world.suppliers.fill(_suppliers(world, main))
    world.items.fill(_items(world, main))
    own = [row for row in rows if row["CONO"] == main]
    _fill_orders(world, main, own)
    _fill_invoices(world, main, own)
    world.addresses.fill(_addresses(own))


def _customers(world: World, company: str, count: int, seed: int) -> Iterator[Row]:
    built = world.options.built_at
    before = ""
    for party in parties(count, seed):
        n = party.number
        changed = built - timedelta(days=n % 900, minutes=n % 1440)
        mail = _mail(party, before)
        before = mail or before
        row = {
            "CONO": company, "CUNO": customer_number(n), "CUNM": party.company[:36],
            "CUA1": party.street[:36], "PONO": party.zip_code[:10], "TOWN": party.city[:20],
            "CSCD": COUNTRIES.get(party.country, party.country), "PHNO": party.phone[:16],
            "YREF": party.person[:30], "LNCD": party.language.upper(), "CUCD": party.currency,
            "STAT": _status(n), "ALCU": f"K{n:08d}", "PYNO": customer_number(n), "LMDT": world.day(changed),
            "LMTS": str(int(changed.timestamp() * 1000)),
            "RGDT": world.day(changed - timedelta(days=n % 400)),
        }  # fmt: skip
        row.update(_sometimes(n, party, mail))
        yield row


def _sometimes(n: int, party: Party, mail: str) -> Iterator[tuple[str, str]]:
    if mail:
        yield "MAIL", mail
    if n % 4:
        yield "VRNO", f"{party.country}{556_000_000 + n}"
    if n % 13 == 0:
        yield "BLCD", "1"
    if n % 3 == 0:
        yield "CRL2", f"{(n % 40) * 2500}.00"
    if n % 10 in {3, 4}:  # bought by one company, paid by another
        head = customer_number(n - n % 10 + 1)
        yield "PYNO", head
        yield "CCUS", head
    if n % 7 == 0:
        yield "CUA2", f"Att: {party.person}"[:36]
    if n % 11 == 0:
        yield "CUCL", "RTL"


def customer_number(n: int) -> str:
    pattern = AWKWARD.get(n % 500, "{}")
    return pattern.format(FIRST_CUSTOMER + n)


def _status(n: int) -> str:
    if n % 19 == 0:
        return "90"
    return "10" if n % 17 == 0 else "20"


def _mail(party: Party, before: str) -> str:
    """Missing, several in one field, ill-formed, shared, cut off at 50: as a real customer master."""
    n, mail = party.number, party.email
    if n % 23 == 0:
        return ""
    if n % 31 == 0:
        return f"{mail};info{n}@{mail.partition('@')[2]}"[:50]
    if n % 41 == 0:
        return mail.replace("@", " at ")[:50]
    if n % 29 == 0:
        return before[:50]
    if n % 37 == 0:
        return mail.upper()[:50]
    return mail[:50]


def _suppliers(world: World, company: str) -> Iterator[Row]:
    for party in parties(world.options.suppliers, world.options.seed + 2):
        changed = world.options.built_at - timedelta(days=party.number % 700)
        yield {
            "CONO": company, "SUNO": f"S{20_000 + party.number}", "SUNM": party.company[:36],
            "ALSU": f"V{party.number:06d}", "STAT": "90" if party.number % 17 == 0 else "20", "SUTY": "0",
            "PHNO": party.phone[:16], "CSCD": COUNTRIES.get(party.country, party.country),
            "LNCD": party.language.upper(), "VRNO": f"{party.country}{330_000_000 + party.number}",
            "CUCD": party.currency, "TEPY": "30N",
            "SUCM": "" if party.number % 9 == 0 else f"s{party.number}@v.example",
            "CORG": f"{party.number:010d}", "LMDT": world.day(changed),
            "LMTS": str(int(changed.timestamp() * 1000)), "RGDT": world.day(changed),
        }  # fmt: skip


def _items(world: World, company: str) -> Iterator[Row]:
    kinds = ("Bracket", "Hinge", "Valve", "Panel", "Cable")
    for n in range(1, world.options.items + 1):
        changed = world.options.built_at - timedelta(days=n % 500)
        name = f"{kinds[n % 5]} {n * 7 % 90 + 10} mm"
        yield {
            "CONO": company, "ITNO": f"I{n:05d}", "STAT": "80" if n % 21 == 0 else "20", "ITDS": name,
            "FUDS": f"{name}, zinc plated, boxed", "UNMS": "PCS", "ITGR": f"G{n % 4}", "ITCL": f"C{n % 6}",
            "ITTY": "FIN", "LMDT": world.day(changed), "LMTS": str(int(changed.timestamp() * 1000)),
            "RGDT": world.day(changed),
        }  # fmt: skip


def _fill_orders(world: World, company: str, customers: list[Row]) -> None:
    buyers = [row for row in customers if row["STAT"] == "20"]
    items = [row for row in world.items.rows.values() if row["STAT"] == "20"]
    if not buyers or not items:
        return
    heads, lines = [], []
    for n in range(1, world.options.orders + 1):
        buyer = buyers[n * 37 % len(buyers)]
        ordered = world.options.built_at - timedelta(days=n * 3 % 600)
        status = ("22", "33", "66", "77", "77")[n % 5]
        number = str(world.number("order"))
        heads.append({
            "CONO": company, "ORNO": number, "CUNO": buyer["CUNO"], "PYNO": buyer["PYNO"], "ORTP": "C01",
            "STAT": status, "ORSL": status, "ORST": status, "FACI": "F10", "WHLO": "W01",
            "CUCD": buyer["CUCD"], "CUOR": f"PO-{n:06d}", "DIVI": world.divisions[company][0],
            "ORDT": world.day(ordered), "RLDT": world.day(ordered + timedelta(days=7)), "TEPY": "30N",
            "LMDT": world.day(ordered), "LMTS": str(int(ordered.timestamp() * 1000)),
            "RGDT": world.day(ordered),
        })  # fmt: skip
        for position in range(1, n % 3 + 2):
            item = items[(n + position) * 11 % len(items)]
            price = f"{(n + position) * 7 % 300 + 5}.50"
            lines.append({
                "CONO": company, "ORNO": number, "PONR": str(position), "POSX": "0", "ITNO": item["ITNO"],
                "ORQT": f"{n % 9 + 1}.000", "SAPR": price, "WHLO": "W01", "DWDT": world.day(ordered),
            })  # fmt: skip
    world.orders.fill(heads)
    world.lines.fill(lines)


def _fill_invoices(world: World, company: str, customers: list[Row]) -> None:
    """One of six is overdue by the day the world was built, half of the others are paid."""
    rows, divisions, today = [], world.divisions[company], world.day()
    for n in range(1, world.options.invoices + 1 if customers else 1):
        buyer = customers[n * 53 % len(customers)]
        issued = world.options.built_at - timedelta(days=n * 5 % 400 if n % 6 else 90)
        amount = f"{n * 97 % 9000 + 20}" + ("" if buyer["CUCD"] in NO_DECIMALS else f".{n % 100:02d}")
        paid = n % 6 and n % 2
        rows.append({
            "CONO": company, "DIVI": divisions[0] if n % 8 else divisions[-1], "PYNO": buyer["PYNO"],
            "CUNO": buyer["CUNO"], "CINO": f"1{n:07d}", "INYR": str(issued.year), "SINO": "1",
            "IVDT": world.day(issued), "DUDT": world.day(issued + timedelta(days=30)), "CUCD": buyer["CUCD"],
            "CUAM": amount, "OCUA": "0.00" if paid else amount, "TRCD": "10", "RECO": "9" if paid else "0",
            "REDE": world.day(issued + timedelta(days=20)) if paid else "0", "YEA4": str(issued.year),
            "JRNO": str(n), "JSNO": "1", "VONO": str(world.number("voucher")), "TDSC": "Invoice",
            "LMDT": world.day(issued), "LMTS": str(int(issued.timestamp() * 1000)),
        })  # fmt: skip
    world.invoices.fill(rows)
    overdue: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        if row["RECO"] != PAID and row["DUDT"] < today:
            overdue[row["CUNO"]] += float(row["OCUA"])
    for number, total in overdue.items():
        world.customers.rows[company, number]["TDIN"] = f"{total:.2f}"


def _addresses(customers: list[Row]) -> Iterator[Row]:
    """Every fifth customer has a delivery address besides the one on its own record."""
    for row in customers[4::5]:
        same = {name: row[name] for name in ("CONO", "CUNO", "CUNM", "PONO", "TOWN", "CSCD", "LMDT", "LMTS")}
        yield {**same, "ADRT": "1", "ADID": "DOCK1", "CUA1": "Loading dock", "PRIO": "1", "FVDT": "20200101"}
