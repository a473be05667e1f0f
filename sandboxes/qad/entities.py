"""The entities of the tenant: what each shows, how a record is read whole and written whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sandboxes.qad import schema
from sandboxes.qad.errors import Rejected
from sandboxes.qad.schema import MANDATORY, Field, check_code
from sandboxes.qad.store import Key, Record, Table
from sandboxes.qad.tenant import NO_SCOPE, Tenant, Workspace, version_hash

HOUSEKEEPING = (
    "lastModifiedDate", "lastModifiedTime", "lastModifiedUser", "concurrencyHash", "changeStatus",
    "dataOperation", "uri", "instanceURI",
)  # fmt: skip
Scope = Literal["set", "domain", "tenant"]


@dataclass(frozen=True, slots=True)
class Entity:
    """`keys` are the parameters that name a record; the first names the scope unless that is the tenant."""

    collection: str
    view_uri: str
    keys: tuple[str, ...]
    scope: Scope
    table: Table
    fields: Mapping[str, Field]
    mandatory: frozenset[str] = frozenset()
    creatable: bool = True
    updatable: bool = True

    def key(self, values: Mapping[str, str]) -> Key:
        named = tuple(values[name] for name in self.keys)
        return (NO_SCOPE, *named) if self.scope == "tenant" else named

    def named(self, key: Key) -> dict[str, str]:
        shown = key[1:] if self.scope == "tenant" else key
        return dict(zip(self.keys, shown, strict=True))

    def scope_in(self, workspace: Workspace) -> str:
        match self.scope:
            case "set":
                return workspace.domain.shared_set
            case "domain":
                return workspace.domain.code
            case _:
                return NO_SCOPE

    def uri(self, key: Key) -> str:
        return f"{self.view_uri}:{'.'.join(self.named(key).values())}"


class Entities:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.by_collection = {entity.collection: entity for entity in _entities(tenant)}

    def by_uri(self, view_uri: str) -> Entity | None:
        return next((one for one in self.by_collection.values() if one.view_uri == view_uri), None)

    # Reading.

    def records(self, entity: Entity, key: Key) -> tuple[Record, ...]:
        """The record and what it shows of others; nothing when there is none."""
        tenant = self._tenant
        held = tenant.mfg_customer(key) if entity.table is tenant.mfg_customers else entity.table.get(key)
        if held is None:
            return ()
        return (held, tenant.relation_of(held)) if entity.table is tenant.customers else (held,)

    def read(self, entity: Entity, key: Key) -> dict[str, object] | None:
        records = self.records(entity, key)
        if not records:
            return None
        own = records[0]
        shown: dict[str, object] = dict(entity.named(key))
        for name in entity.fields:
            if name not in shown:
                shown[name] = schema.sent(self._value(entity, records, name))
        changed = self._tenant.local(own.moment)
        uri = entity.uri(key)
        return shown | {
            "lastModifiedDate": changed.date().isoformat(),
            "lastModifiedTime": changed.strftime("%H:%M:%S"),
            "lastModifiedUser": own.user,
            "concurrencyHash": version_hash(key, *records),
            "changeStatus": "0",
            "dataOperation": "READ",  # unconfirmed
            "uri": uri,
            "instanceURI": uri,
        }

    def _value(self, entity: Entity, records: tuple[Record, ...], name: str) -> object:
        if name in entity.table.columns:
            return entity.table.value(records[0], name)
        return self._tenant.relations.value(records[1], name)

    # Writing.

    def typed(self, entity: Entity, sent: Mapping[str, object]) -> dict[str, object]:
        """Every field of the record: what was not sent is blank. Raises the first few faults at once."""
        faults = [
            Rejected(name, "Field does not exist", value)
            for name, value in sent.items()
            if name not in entity.fields and name not in HOUSEKEEPING
        ]
        values: dict[str, object] = {}
        for name, field in entity.fields.items():
            try:
                values[name] = field.accepted(sent.get(name))
                check_code(field, values[name])
            except Rejected as fault:
                faults.append(fault)
        missing = [name for name in entity.mandatory if values.get(name, "?") in {"", None}]
        faults += [Rejected(name, MANDATORY) for name in sorted(missing)]
        if faults:
            raise Several(faults)
        return values

    def store(self, entity: Entity, key: Key, values: Mapping[str, object]) -> str:
        """`created`, `updated` or `unchanged`."""
        tenant = self._tenant
        held = self.records(entity, key)
        if entity.table is tenant.mfg_customers and held and tenant.mfg_customers.get(key) is None:
            defaults = tenant.mfg_customers.values(held[0])
            tenant.write(entity.table, key, defaults)
        if entity.table is not tenant.customers:
            return tenant.write(entity.table, key, values)
        relation = str(values["businessRelationCode"]) or f"{key[0]}-{key[1]}"
        of_relation = {name: value for name, value in values.items() if name in tenant.relations.columns}
        theirs = tenant.write(tenant.relations, (NO_SCOPE, relation), of_relation)
        own = tenant.write(entity.table, key, {**values, "businessRelationCode": relation})
        return "updated" if (own, theirs) == ("unchanged", "updated") else own


class Several(Exception):
    """More than one field is refused."""

    def __init__(self, faults: list[Rejected]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def _entities(tenant: Tenant) -> list[Entity]:
    options = tenant.options
    customers, relations, orders = tenant.customers, tenant.relations, tenant.orders
    order_fields = {
        name: field
        for name, field in orders.columns.items()
        if name not in {"status", "invoiceNumber"} and (options.order_reference or name != "purchaseOrder")
    }
    made = [
        Entity(
            "customerV2s",
            "urn:be:com.qad.base.customer.ICustomerV2",
            customers.key,
            "set",
            customers,
            {**customers.columns, **{f.name: f for f in schema.RELATION}},
            options.mandatory_customer,
        ),
        Entity(  # the package of this one is unconfirmed
            "mfgCustomers",
            "urn:be:com.qad.base.customer.IMfgCustomer",
            tenant.mfg_customers.key,
            "domain",
            tenant.mfg_customers,
            tenant.mfg_customers.columns,
            frozenset({"siteCode", "daybookSetCode"}),
            creatable=False,
        ),
        Entity(
            "businessRelationV2s",
            "urn:be:com.qad.base.address.IBusinessRelationV2",
            ("businessRelationCode",),
            "tenant",
            relations,
            relations.columns,
            frozenset({"businessRelationCode", "businessRelationName"}),
            creatable=False,
        ),
        Entity(  # apart from its keys the fields of this one are unconfirmed
            "items",
            "urn:be:com.qad.base.item.IItem",
            tenant.items.key,
            "domain",
            tenant.items,
            tenant.items.columns,
            creatable=False,
            updatable=False,
        ),
        Entity(
            "salesOrderHeaders",
            "urn:be:com.qad.sales.salesorder.ISalesOrderHeader",
            orders.key,
            "domain",
            orders,
            order_fields,
            frozenset(
                {"soldToCustomerCode", "siteCode", "currencyCode", "daybookSetCode", "orderDate", "dueDate"}
            ),
        ),
    ]
    if options.attributions:
        made.append(_attribution(tenant))
    return made


def _attribution(tenant: Tenant) -> Entity:
    """Made by the tenant itself. Its number is the tenant's; nothing stops the same reference twice."""
    return Entity(
        "marketingAttributions",
        "urn:be:com.qad.custom.marketing.IMarketingAttribution",
        tenant.attributions.key,
        "domain",
        tenant.attributions,
        tenant.attributions.columns,
        frozenset({"referenceCode", "customerCode", "currencyCode"}),
    )
