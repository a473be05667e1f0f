"""Setting the demonstration up: a tenant, people, connections to the sandboxes, and every recipe there is."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from allauth.account.models import EmailAddress

from connectors.models import Connection, Integration, SyncJob
from connectors.recipes import all_recipes
from connectors.services import connections, integrations
from tenants.models import Tenant, User
from tenants.scope import across_tenants, tenant_scope
from tenants.services.accounts import sign_up

ORGANISATION = "Nordlicht Handel (demo)"
TIME_ZONE = "Europe/Berlin"
CUSTOMER, STAFF = "demo@example.com", "support@example.com"
STORE, CURRENCY = "ifs-orders", "EUR"
QAD_STORE, QAD_CURRENCY = "qad-orders", "USD"
SITE = "IFS Cloud orders"

Access = Mapping[str, str]
Vendors = Mapping[str, Access]
"""What the sandboxes' port file says: by system, the address and what it takes to log in."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one recipe is set up in the demonstration: its options, computed from the sandboxes' access."""

    options: Callable[[Vendors], dict[str, Any]]
    flows: tuple[str, ...]


RECIPES: dict[str, Recipe] = {
    "ifs_cloud_mailchimp": Recipe(
        options=lambda vendors: {
            "audience_id": vendors["mailchimp"]["audience"],
            "store_id": STORE,
            "store_name": SITE,
            "store_currency": CURRENCY,
        },
        flows=("customers", "orders", "products"),
    ),
    "infor_mailchimp": Recipe(
        options=lambda vendors: {"audience_id": vendors["mailchimp"]["audience_infor"]},
        flows=("customers",),
    ),
    "qad_mailchimp": Recipe(
        options=lambda vendors: {
            "audience_id": vendors["mailchimp"]["audience_qad"],
            "store_id": QAD_STORE,
            "store_name": "QAD orders",
            "store_currency": QAD_CURRENCY,
        },
        flows=("customers", "items", "orders"),
    ),
    "syspro_mailchimp": Recipe(
        options=lambda vendors: {"audience_id": vendors["mailchimp"]["audience_syspro"]},
        flows=("customers", "engagement"),
    ),
}


def _ifs_cloud(access: Access) -> tuple[dict[str, Any], dict[str, Any]]:
    settings = {"base_url": access["url"], "realm": access["realm"], "requests_per_minute": 60_000}
    return settings, {"client_id": access["client_id"], "client_secret": access["client_secret"]}


def _infor(access: Access) -> tuple[dict[str, Any], dict[str, Any]]:
    settings = {name: access[name] for name in ("company", "division", "csi_config")}
    return {**settings, "requests_per_minute": 2_500}, {"ionapi": access["ionapi"]}


def _qad(access: Access) -> tuple[dict[str, Any], dict[str, Any]]:
    settings = {name: access[name] for name in ("client_id", "domain", "entity", "shared_set")}
    address = {"base_url": access["url"] + access["context_root"], "item_currency": QAD_CURRENCY}
    return {**settings, **address, "requests_per_minute": 6_000}, {
        "username": access["username"],
        "password": access["password"],
    }


def _syspro(access: Access) -> tuple[dict[str, Any], dict[str, Any]]:
    settings = {
        "company": access["company"],
        "requests_per_minute": 6_000,
        "overdue_columns": ["CurrentBalance1"],  # the only balance the sandbox has
        "odata_url": access["url"] + access["odata_root"],
        "enet_url": access["url"] + access["enet_root"],
    }
    known = ("odata_user", "odata_password", "operator", "operator_password")
    return settings, {name: access[name] for name in known}


def _mailchimp(access: Access) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"base_url": access["url"], "requests_per_minute": 60_000}, {"api_key": access["api_key"]}


SYSTEMS: dict[str, Callable[[Access], tuple[dict[str, Any], dict[str, Any]]]] = {
    "ifs_cloud": _ifs_cloud,
    "infor": _infor,
    "qad": _qad,
    "syspro": _syspro,
    "mailchimp": _mailchimp,
}


@dataclass(slots=True)
class Scene:
    """The demonstration, standing. `passwords` of people made just now, by e-mail."""

    tenant: Tenant
    integrations: list[Integration]
    passwords: dict[str, str] = field(default_factory=dict)


def vendors_of(port_file: Path) -> dict[str, dict[str, str]]:
    """The sandboxes by system, from the file they write when they stand."""
    found: dict[str, dict[str, str]] = json.loads(port_file.read_text(encoding="utf-8"))["sandboxes"]
    return found


def set_up(vendors: Vendors, *, people: bool = True) -> Scene:
    """Make the demonstration, or find it again and point it at the sandboxes' addresses of today."""
    passwords: dict[str, str] = {}
    with across_tenants("the demonstration finds its tenant"):
        tenant = Tenant.objects.filter(name=ORGANISATION).first()
    if tenant is None:
        tenant = _found(passwords) if people else _bare_tenant()
    with tenant_scope(tenant):
        made = [_integration(code, recipe, vendors) for code, recipe in RECIPES.items()]
    return Scene(tenant, made, passwords)


def ask(address: str, path: str) -> Any:
    """A question to a sandbox's control, which is no vendor."""
    with urlopen(Request(f"{address}/_sandbox/{path}"), timeout=60) as answer:  # noqa: S310  loopback, our own sandbox
        return json.load(answer)


def _found(passwords: dict[str, str]) -> Tenant:
    for email in (CUSTOMER, STAFF):
        passwords[email] = secrets.token_urlsafe(9)
    membership = sign_up(
        email=CUSTOMER,
        password=passwords[CUSTOMER],
        organisation=ORGANISATION,
        time_zone=TIME_ZONE,
        verified=True,
    )
    if not User.objects.filter(email=STAFF).exists():
        support = User.objects.create_superuser(STAFF, passwords[STAFF])
        EmailAddress.objects.create(user=support, email=STAFF, primary=True, verified=True)
    return membership.tenant


def _bare_tenant() -> Tenant:
    with across_tenants("the demonstration makes its tenant"):
        return Tenant.objects.create(name=ORGANISATION, slug="demo", time_zone=TIME_ZONE)


def _integration(code: str, recipe: Recipe, vendors: Vendors) -> Integration:
    chosen = next(one for one in all_recipes() if one.code == code)
    source, destination = (
        _connection(system, vendors[system]) for system in (chosen.source, chosen.destination)
    )
    found = Integration.objects.filter(recipe_code=code).first()
    if found is None:
        found = integrations.create_integration(code, source, destination, options=recipe.options(vendors))
    if not found.is_on:
        found = Integration.objects.select_related("source", "destination").get(pk=found.pk)
        integrations.turn_on(found)
    return found


def _connection(system: str, access: Access) -> Connection:
    settings, credentials = SYSTEMS[system](access)
    found = Connection.objects.filter(system=system).first()
    if found is None:
        found = connections.create_connection(system, f"{_name(system)} sandbox", settings, credentials)
    else:
        moved = any(found.settings.get(name) != value for name, value in settings.items())
        wanted = found.system_class.credentials_model.model_validate(credentials)
        renewed = found.unseal() != wanted  # an .ionapi file names its address as well
        if not moved and not renewed:
            return found
        if moved:
            connections.change_settings(found, {**found.settings, **settings})
        if renewed:
            connections.replace_credentials(found, credentials)
    connections.ping(found)
    return found


def _name(system: str) -> str:
    return Connection(system=system).system_name


def jobs_of(scene: Scene) -> list[SyncJob]:
    """The jobs the demonstration runs, in order."""
    found = []
    for integration in scene.integrations:
        jobs = {
            job.flow_code: job
            for job in integration.jobs.select_related(
                "integration__source", "integration__destination", "tenant"
            )
        }
        found += [jobs[flow] for flow in RECIPES[integration.recipe_code].flows]
    return found
