"""The lists of the tenant: which rows and columns each has. People edit the columns: look before use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandboxes.qad.schema import Kind
from sandboxes.qad.store import Key, Record, Table
from sandboxes.qad.tenant import WORKSPACES, Domain, Tenant, reference_column

EMAIL_COLUMN = "ad_mstr.ad_email"  # the name it gets when nobody chose another
ATTRIBUTION_BROWSE = "urn:browse:custom:marketingAttributions"
DOMAINS_BROWSE = "urn:browse:bebrowse:com.qad.erp.base.domainV3s"

# A row is known by its key; a browse knows what else to fetch.
Getter = Callable[[Domain, Key], object]


@dataclass(frozen=True, slots=True)
class Column:
    kind: Kind
    get: Getter


@dataclass(slots=True)
class Browse:
    """`rows` are keys in the order of the browse: they begin with `scope(domain)`, then `leading`."""

    id: str
    columns: dict[str, Column]
    rows: Callable[[Domain], Sequence[Key]]
    leading: str
    scope: Callable[[Domain], Key]
    version: Callable[[], object]
    hidden: set[str] = field(default_factory=set)

    def shown(self) -> dict[str, Column]:
        return {name: column for name, column in self.columns.items() if name not in self.hidden}


def build(tenant: Tenant) -> dict[str, Browse]:
    made = [
        _customers(tenant),
        _addresses(tenant),
        _items(tenant),
        _orders(tenant, "urn:browse:mfg:so803", _order_columns(tenant)),
        _order_lines(tenant),
        _orders(tenant, "urn:browse:bebrowse:com.qad.erp.sales.salesOrders", _order_entity_columns(tenant)),
        _domains(tenant),
    ]
    if tenant.options.customer_browse:
        made.append(_customer_entities(tenant))
    if tenant.options.attributions:
        made.append(_attributions(tenant))
    return {browse.id: browse for browse in made}


# Columns that show a field of a table.


def _shown(table: Table, name: str, field_name: str = "") -> Column:
    wanted = field_name or name
    kind = table.columns[wanted].kind
    rows, value = table.rows, table.value
    return Column(kind, lambda _domain, key: value(rows[key], wanted))


def _group(prefix: str, table: Table, columns: Mapping[str, str]) -> dict[str, Column]:
    return {f"{prefix}.{name}": _shown(table, name, wanted) for name, wanted in columns.items()}


def _key_part(at: int) -> Column:
    return Column(Kind.TEXT, lambda _domain, key: key[at])


def _domain_code() -> Column:
    return Column(Kind.TEXT, lambda domain, _key: domain.code)


def _constant(value: object, kind: Kind = Kind.TEXT) -> Column:
    return Column(kind, lambda _domain, _key: value)


def _modified_on(tenant: Tenant, table: Table) -> Column:
    """A date only, by the server's own clock."""
    rows, day = table.rows, tenant.day
    return Column(Kind.DATE, lambda _domain, key: day(rows[key].moment))


def _modified_at(tenant: Tenant, table: Table) -> Column:
    rows, local = table.rows, tenant.local
    return Column(Kind.TEXT, lambda _domain, key: local(rows[key].moment).strftime("%H:%M:%S"))


def _relation(tenant: Tenant, name: str) -> Column:
    customers, relations = tenant.customers.rows, tenant.relations
    kind = relations.columns[name].kind
    return Column(kind, lambda _domain, key: relations.value(tenant.relation_of(customers[key]), name))


def _mfg(tenant: Tenant, name: str) -> Column:
    table = tenant.mfg_customers

    def get(domain: Domain, key: Key) -> object:
        held: Record | None = tenant.mfg_customer((domain.code, key[1]))
        return table.value(held, name) if held is not None else ""

    return Column(table.columns[name].kind, get)


# The browses themselves.


def _table_browse(browse_id: str, table: Table, columns: dict[str, Column], leading: str) -> Browse:
    """Of a table whose scope is the domain."""
    return Browse(
        browse_id,
        columns,
        lambda domain: table.scope(domain.code),
        leading,
        lambda domain: (domain.code,),
        lambda: table.version,
    )


def _customer_browse(tenant: Tenant, browse_id: str, columns: dict[str, Column], leading: str) -> Browse:
    customers, relations = tenant.customers, tenant.relations
    return Browse(
        browse_id,
        columns,
        lambda domain: customers.scope(domain.shared_set),
        leading,
        lambda domain: (domain.shared_set,),
        lambda: (customers.version, relations.version, tenant.mfg_customers.version),
    )


def _customers(tenant: Tenant) -> Browse:
    customers, email = tenant.customers, tenant.options.email_column
    columns = {
        "cm_mstr.cm_addr": _key_part(1),
        "ad_mstr.ad_name": _relation(tenant, "businessRelationName"),
        "ad_mstr.ad_line1": _relation(tenant, "street1"),
        "ad_mstr.ad_line2": _relation(tenant, "street2"),
        "ad_mstr.ad_city": _relation(tenant, "city"),
        "ad_mstr.ad_state": _relation(tenant, "stateCode"),
        "ad_mstr.ad_zip": _relation(tenant, "zipCode"),
        "ad_mstr.ad_country": _relation(tenant, "countryCode"),
        "ad_mstr.ad_phone": _relation(tenant, "telephone"),
        "cm_mstr.cm_sort": _relation(tenant, "addressSearchName"),
        "cm_mstr.cm_region": _mfg(tenant, "regionCode"),
        "cm_mstr.cm_class": _mfg(tenant, "classCode"),
        "cm_mstr.cm_site": _mfg(tenant, "siteCode"),
        "cm_mstr.cm_domain": _domain_code(),
        "cm_mstr.cm_mod_date": _modified_on(tenant, customers),
        **_group(
            "cm_mstr",
            customers,
            {
                "cm_type": "customerTypeCode",
                "cm_cr_terms": "creditTermsCode",
                "cm_curr": "currencyCode",
                "cm_lang": "languageCode",
                "cm_cr_hold": "isLockedCreditLimit",
                "cm_taxable": "isTaxable",
            },
        ),
        email or EMAIL_COLUMN: _relation(tenant, "EMail"),
    }
    browse = _customer_browse(tenant, "urn:browse:mfg:cm007", columns, "cm_mstr.cm_addr")
    if not email:
        browse.hidden.add(EMAIL_COLUMN)
    return browse


def _customer_entities(tenant: Tenant) -> Browse:
    customers = tenant.customers
    own = "businessRelationCode currencyCode creditTermsCode customerTypeCode languageCode isActive"
    own += " isLockedCreditLimit isTaxable federalTax"
    shared = "businessRelationName addressSearchName street1 street2 street3 city zipCode stateCode"
    shared += " countryCode telephone EMail"
    columns = {
        "customerV2.sharedSetCode": _key_part(0),
        "customerV2.customerCode": _key_part(1),
        **{f"customerV2.{name}": _relation(tenant, name) for name in shared.split()},
        **{f"customerV2.{name}": _shown(customers, name) for name in own.split()},
        "customerV2.lastModifiedDate": _modified_on(tenant, customers),
        "customerV2.lastModifiedTime": _modified_at(tenant, customers),
    }
    return _customer_browse(tenant, tenant.options.customer_browse, columns, "customerV2.customerCode")


def _addresses(tenant: Tenant) -> Browse:
    """Of every role: a client that takes each for a customer is wrong."""
    suppliers, held = tenant.suppliers, tenant.customers.rows

    def of_either(customer: str, supplier: str, *, domain_key: bool = False) -> Column:
        theirs = _relation(tenant, customer)
        return Column(
            Kind.TEXT,
            lambda domain, key: (
                theirs.get(domain, key) if key in held else suppliers.value(suppliers.rows[key], supplier)
            ),
        )

    def rows(domain: Domain) -> list[Key]:
        both = [*tenant.customers.scope(domain.shared_set), *suppliers.scope(domain.code)]
        return sorted(both, key=lambda key: key[1])

    columns = {
        "ad_mstr.ad_addr": _key_part(1),
        "ad_mstr.ad_name": of_either("businessRelationName", "name"),
        "ad_mstr.ad_city": of_either("city", "city"),
        "ad_mstr.ad_country": of_either("countryCode", "countryCode"),
        "ad_mstr.ad_type": Column(Kind.TEXT, lambda _d, key: "customer" if key in held else "supplier"),
        "ad_mstr.ad_domain": _domain_code(),
    }
    version = tenant.customers, tenant.relations, suppliers
    return Browse(
        "urn:browse:mfg:ad057",
        columns,
        rows,
        "",
        lambda _domain: (),
        lambda: tuple(t.version for t in version),
    )


def _items(tenant: Tenant) -> Browse:
    columns = {
        "pt_mstr.pt_part": _key_part(1),
        **_group(
            "pt_mstr",
            tenant.items,
            {
                "pt_desc1": "description1",
                "pt_desc2": "description2",
                "pt_um": "unitOfMeasureCode",
                "pt_prod_line": "productLineCode",
                "pt_part_type": "itemTypeCode",
                "pt_group": "itemGroupCode",
                "pt_status": "itemStatusCode",
                "pt_price": "price",
                "pt_site": "siteCode",
            },
        ),
        "pt_mstr.pt_mod_date": _modified_on(tenant, tenant.items),
        "pt_mstr.pt_domain": _domain_code(),
    }
    return _table_browse("urn:browse:mfg:gp340", tenant.items, columns, "pt_mstr.pt_part")


def _order_columns(tenant: Tenant) -> dict[str, Column]:
    columns = {
        "so_cust": "soldToCustomerCode",
        "so_bill": "billToCustomerCode",
        "so_ship": "shipToCustomerCode",
        "so_ord_date": "orderDate",
        "so_req_date": "requiredDate",
        "so_due_date": "dueDate",
        "so_po": reference_column(tenant.options),
        "so_cr_terms": "creditTermsCode",
        "so_curr": "currencyCode",
        "so_stat": "status",
        "so_inv_nbr": "invoiceNumber",
        "so_shipvia": "shipVia",
        "so_site": "siteCode",
    }
    return {
        "so_mstr.so_nbr": _key_part(1),
        **_group("so_mstr", tenant.orders, columns),
        "so_mstr.so_domain": _domain_code(),
    }


def _order_entity_columns(tenant: Tenant) -> dict[str, Column]:
    names = "soldToCustomerCode billToCustomerCode shipToCustomerCode siteCode currencyCode orderDate dueDate"
    wanted = [*names.split(), *filter(None, [tenant.options.order_reference])]
    return {
        "salesOrder.domainCode": _domain_code(),
        "salesOrder.salesOrderNumber": _key_part(1),
        **{f"salesOrder.{name}": _shown(tenant.orders, name) for name in wanted},
    }


def _orders(tenant: Tenant, browse_id: str, columns: dict[str, Column]) -> Browse:
    leading = next(name for name in columns if name.endswith(("so_nbr", "salesOrderNumber")))
    return _table_browse(browse_id, tenant.orders, columns, leading)


def _order_lines(tenant: Tenant) -> Browse:
    lines, orders = tenant.lines, tenant.orders
    buyer = "soldToCustomerCode"
    columns = {
        "so_mstr.so_nbr": _key_part(1),
        "so_mstr.so_cust": Column(Kind.TEXT, lambda _d, key: orders.value(orders.rows[key[:2]], buyer)),
        "sod_det.sod_line": Column(Kind.INTEGER, lambda _domain, key: int(key[2])),
        **_group(
            "sod_det",
            lines,
            {
                "sod_part": "itemCode",
                "sod_desc": "itemDescription",
                "sod_qty_ord": "quantityOrdered",
                "sod_um": "unitOfMeasureCode",
                "sod_list_pr": "listPrice",
                "sod_price": "netPrice",
                "sod_due_date": "dueDate",
                "sod_site": "siteCode",
            },
        ),
        "sod_det.sod_domain": _domain_code(),
    }
    return _table_browse("urn:browse:mfg:so011", lines, columns, "so_mstr.so_nbr")


def _attributions(tenant: Tenant) -> Browse:
    table = tenant.attributions
    names = [name for name in table.columns if name not in table.key]
    columns = {
        "marketingAttribution.domainCode": _domain_code(),
        "marketingAttribution.attributionNumber": _key_part(1),
        **{f"marketingAttribution.{name}": _shown(table, name) for name in names},
    }
    return _table_browse(ATTRIBUTION_BROWSE, table, columns, "marketingAttribution.attributionNumber")


def _domains(tenant: Tenant) -> Browse:
    """What the user may use, wherever he is: the one browse that is the same in every workspace."""
    allowed = tenant.options.workspaces
    places = [place for name, place in WORKSPACES.items() if allowed is None or name in allowed]
    rows: list[Key] = sorted((place.domain.code, place.entity) for place in places)
    columns = {"domainV3.domainContext": _key_part(0), "domainV3.entityContext": _key_part(1)}
    return Browse(DOMAINS_BROWSE, columns, lambda _domain: rows, "", lambda _domain: (), lambda: 0)
