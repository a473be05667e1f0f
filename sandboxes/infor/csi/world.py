"""The rows behind the IDOs, seeded like those of M3, with the dates and identities Mongoose puts on each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sandboxes.infor.csi.conditions import DATE, written
from sandboxes.infor.csi.idos import IDOS, WIDTH, Ido
from sandboxes.infor.options import Options
from sandboxes.kit import Clock, Journal
from sandboxes.people import Party, parties

Item = dict[str, str | None]
Key = tuple[str, ...]


class Rows:
    """One IDO's rows by key. `history` tells whoever keeps something sorted what went and what came."""

    def __init__(self, ido: Ido) -> None:
        self.ido = ido
        self.items: dict[Key, Item] = {}
        self.by_pointer: dict[str, Key] = {}
        self.touched: set[Key] = set()
        self.history: list[tuple[Item | None, Item | None]] = []

    def key_of(self, item: Item) -> Key:
        return tuple(item.get(name) or "" for name in self.ido.keys)

    def put(self, item: Item) -> None:
        key = self.key_of(item)
        self.history.append((self.items.get(key), item))
        self.seed(item)
        self.touched.add(key)

    def seed(self, item: Item) -> None:
        """Before anybody looks."""
        self.items[self.key_of(item)] = item
        self.by_pointer[item["RowPointer"] or ""] = self.key_of(item)

    def drop(self, key: Key) -> None:
        item = self.items.pop(key, None)
        if item is not None:
            del self.by_pointer[item["RowPointer"] or ""]
            self.history.append((item, None))
        self.touched.add(key)

    def changed(self) -> dict[Key, Item | None]:
        return {key: self.items.get(key) for key in self.touched}

    def restore(self, changed: dict[Key, Item | None]) -> None:
        for key, item in changed.items():
            if item is None:
                self.drop(key)
            else:
                self.put(item)


class CsiWorld:
    def __init__(self, options: Options, clock: Clock, journal: Journal) -> None:
        self.options = options
        self.clock = clock
        self.journal = journal
        self.zone = ZoneInfo(options.server_zone)
        self.rows = {name: Rows(ido) for name, ido in IDOS.items()}
        self.next_customer = 900_000
        self._fill()

    def stamp(self, after: str | None = None) -> str:
        """Now by the server's clock, and later than the date before it."""
        now = shown(self.clock.now(), self.zone)
        if after is None or now > after:
            return now
        moment = datetime.strptime(after, DATE).replace(tzinfo=self.zone) + timedelta(milliseconds=1)
        return shown(moment, self.zone)

    def item_id(self, ido: Ido, item: Item) -> str:
        return (
            f"PBT=[{ido.table}] {ido.alias}.DT=[{item['RecordDate']}] {ido.alias}.ID=[{item['RowPointer']}]"
        )

    def row_pointer(self, ido: Ido, key: Key) -> str:
        return str(uuid5(NAMESPACE_URL, f"{ido.table}/{'/'.join(key)}/{len(self.rows[ido.name].history)}"))

    def _fill(self) -> None:
        built = self.options.built_at
        for party in parties(self.options.customers, self.options.seed):
            changed = shown(
                built - timedelta(days=party.number % 900, minutes=party.number % 1440), self.zone
            )
            for item in _customers(party):
                self._seed("SLCustomers", item, changed)
        for party in parties(self.options.suppliers, self.options.seed + 2):
            changed = shown(built - timedelta(days=party.number % 700), self.zone)
            self._seed(
                "SLVendors",
                {"VendNum": f"V{party.number}".rjust(WIDTH), **_contact(party), "Stat": "A"},
                changed,
            )

    def _seed(self, name: str, item: Item, changed: str) -> None:
        rows = self.rows[name]
        pointer = self.row_pointer(rows.ido, rows.key_of(item))
        rows.seed({**item, "RecordDate": changed, "CreateDate": changed, "RowPointer": pointer})


def shown(moment: datetime, zone: ZoneInfo) -> str:
    return written(moment.astimezone(zone))


def _customers(party: Party) -> Iterator[Item]:
    """The bill-to record, and for every fifth a ship-to under the same number."""
    n = party.number
    number = str(n).rjust(WIDTH)
    bill_to: Item = {
        "CustNum": number, "CustSeq": "0", **_contact(party), "CustType": "RTL" if n % 11 == 0 else "WHS",
        "CreditHold": "1" if n % 13 == 0 else "0", "CreditLimit": f"{(n % 40) * 2500}.00",
        "PostedBal": f"{n * 97 % 9000}.00" if n % 6 == 0 else "0.00", "OrderBal": "0.00",
        "Stat": "I" if n % 19 == 0 else "A",
    }  # fmt: skip
    if n % 10 in {3, 4}:
        bill_to["CorpCust"] = str(n - n % 10 + 1).rjust(WIDTH)
    yield bill_to
    if n % 5 == 0:
        yield {
            "CustNum": number,
            "CustSeq": "1",
            "Name": f"{party.company} (dock)"[:60],
            "Addr_1": "Loading dock",
        }


def _contact(party: Party) -> Item:
    mail = None if party.number % 23 == 0 else party.email
    return {
        "Name": party.company[:60], "Addr_1": party.street[:50], "City": party.city[:30],
        "Zip": party.zip_code[:10], "Country": party.country, "Phone_1": party.phone[:25],
        "Contact_1": party.person[:30], "ExternalEmailAddr": mail, "CurrCode": party.currency,
        "TermsCode": "N30",
        "TaxRegNum1": f"{party.country}{556_000_000 + party.number}" if party.number % 4 else None,
    }  # fmt: skip
