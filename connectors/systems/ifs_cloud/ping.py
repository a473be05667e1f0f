"""Trying the real thing, cheapest first: from the address to which attribute tells of changes.

Steps are listed in `STEPS`; each makes its checks and may find out something. What the streams rely on:
`full_pages`, `emails`, `addresses`, `order_lines`, `customer_change`, `order_change`, `order_date_type`,
`sites`, `company_currency`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from connectors.sdk.errors import ConfigProblem, RecordRejected, RetryLater, SystemFault
from connectors.sdk.system import Account, Check, Outcome
from connectors.systems.ifs_cloud import discovery
from connectors.systems.ifs_cloud.client import IfsClient
from connectors.systems.ifs_cloud.errors import FORBIDDEN, NAME, NOT_FOUND
from connectors.systems.ifs_cloud.metadata import Metadata
from connectors.systems.ifs_cloud.odata import Column, Json, Query, any_of, literal, projection_of, set_of
from connectors.systems.ifs_cloud.options import FlagOptions
from connectors.systems.ifs_cloud.settings import settings_of
from connectors.systems.ifs_cloud.token import fetch_token
from connectors.systems.ifs_cloud.walk import LONGEST_PAGE

NOT_REACHED = frozenset({"private_address", "unknown_host", "tls", "plain_http", "unreachable", "refused"})
Found = tuple[str, dict[str, Any]]
"""What a step has to say, and its findings."""


class Trouble(Exception):
    """A step found something a person should know, though nothing failed."""

    def __init__(self, text: str, advice: str = "", found: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.text, self.advice, self.found = text, advice, found or {}


class Ping:
    """One ping of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = settings_of(account)
        self.client = IfsClient(account)
        self._metadata: dict[str, Metadata | None] = {}
        self._sets: dict[str, frozenset[str]] = {}
        self._full_pages: dict[str, int] = {}

    def checks(self) -> Iterator[Check]:
        """The checks as they are done. Stops where going on makes no sense."""
        for name, step in (("Address", self.address), ("Log-in", self.log_in)):
            check = self._tried(name, step)
            yield check
            if check.outcome is Outcome.FAILED:
                return
        missing: list[str] = []
        for projection, needed in self._projections.items():
            check = self._tried(
                f"Projection {projection}", partial(self.projection, projection), needed=needed
            )
            if projection not in self._sets:
                missing.append(projection)
            yield replace(check, found={"missing_projections": list(missing)})
        for name, place, step, needed in self._steps():
            if projection_of(place) in self._sets:
                yield self._tried(name, step, needed=needed)

    def _steps(self) -> Iterator[tuple[str, str, Callable[[], Found], bool]]:
        settings = self.settings
        if settings.company:
            yield "Company", settings.companies_set, self.company, True
        if settings.company or settings.sites:
            yield "Sites", settings.sites_set, self.sites, bool(settings.sites)
        yield "Customers", settings.customers_set, self.customers, True
        yield "E-mail addresses", settings.customers_set, self.emails, True
        if settings.read_addresses:
            yield "Postal addresses", settings.customers_set, self.addresses, False
        yield "Changed customers", settings.customers_set, self.customer_change, False
        yield "Orders", settings.orders_set, self.orders, True
        yield "Order lines", settings.orders_set, self.order_lines, True
        yield "Changed orders", settings.orders_set, self.order_change, False
        yield "Sales parts", settings.sales_parts_set, self.sales_parts, True
        if isinstance(options := self.account.options, FlagOptions):
            yield "Flags", options.flag_set, lambda: self.flags(options), False

    @cached_property
    def _projections(self) -> dict[str, bool]:
        """The projections we use, and whether nothing works without them."""
        settings = self.settings
        needed = {
            projection_of(p): True
            for p in (
                settings.customers_set,
                settings.orders_set,
                settings.order_lines_set,
                settings.sales_parts_set,
            )
        }
        useful = [settings.customer_set]
        if isinstance(self.account.options, FlagOptions):
            useful.append(self.account.options.flag_set)
        if settings.company:
            useful.append(settings.companies_set)
        if settings.company or settings.sites:
            useful.append(settings.sites_set)
        return {**dict.fromkeys(map(projection_of, useful), False), **needed}

    def _tried(self, name: str, step: Callable[[], Found], *, needed: bool = True) -> Check:
        start = time.perf_counter()
        advice, outcome = "", Outcome.OK
        found: dict[str, Any] = {}
        try:
            text, found = step()
        except Trouble as trouble:
            text, advice, found, outcome = trouble.text, trouble.advice, trouble.found, Outcome.WARNING
        except SystemFault as fault:
            text, outcome = fault.text, Outcome.FAILED if needed else Outcome.WARNING
        return Check(name, outcome, text, advice, found, (time.perf_counter() - start) * 1000)

    def address(self) -> Found:
        """Whether anything answers. What it says does not matter: we ask without a log-in."""
        probe = self.account.connect(base_url=self.settings.service_root)
        try:
            probe.get(f"/{self.settings.customers_set.partition('/')[0]}/")
        except SystemFault as fault:
            if fault.code in NOT_REACHED:
                raise
        return f"{self.settings.base_url} answers.", {}

    def log_in(self) -> Found:
        """A fresh token, whatever is cached."""
        token = fetch_token(self.account)
        self.account.tokens.put(token, 0.9 * token.expires_in)
        seconds = round(token.expires_in)
        return f"Logged in; a token lives {seconds:,} seconds and is renewed in time.", {
            "token_seconds": seconds
        }

    def projection(self, projection: str) -> Found:
        """Whether the projection exists here and is granted."""
        try:
            self._sets[projection] = self.client.service_document(projection)
        except SystemFault as fault:
            if fault.code == FORBIDDEN:
                raise ConfigProblem(
                    f"The service user may not use {projection}. Grant it: Permission Sets, your "
                    f"integration's set, Granted Projections, add {projection}; then refresh the security "
                    f"cache and ping again. {NAME} said: {fault.detail}",
                    code=FORBIDDEN,
                ) from fault
            if fault.code == NOT_FOUND:
                raise ConfigProblem(
                    f"There is no projection {projection} under /{self.settings.deployment}. Check its "
                    "name in API Explorer, or the deployment (main or int) of the connection.",
                    code=NOT_FOUND,
                ) from fault
            raise
        return f"Granted, with {len(self._sets[projection])} entity sets.", {}

    def company(self) -> Found:
        """The company of the settings, and its currency."""
        company = self.settings.company
        try:
            data = self.client.entity(self.settings.companies_set, {"Company": company}).data
        except RecordRejected as fault:
            raise ConfigProblem(
                f"There is no company {company}, or the service user may not see it. Check the id, and the "
                "user's allowed companies.",
                detail=fault.detail,
            ) from fault
        currency = str(data.get("CurrencyCode") or "")
        return f"{company}: {data.get('Name') or 'found'}{f', {currency}' if currency else ''}.", {
            "company_currency": currency
        }

    def sites(self) -> Found:
        """The sites of the settings, or those of the company."""
        wanted, settings = self.settings.sites, self.settings
        condition = any_of("Contract", wanted) if wanted else f"Company eq {literal(settings.company)}"
        rows = self.client.rows(f"/{settings.sites_set}", Query(condition, "Contract", settings.page_size))
        found = sorted({str(row["Contract"]) for row in rows if row.get("Contract")})
        if unknown := [site for site in wanted if site not in found]:
            raise ConfigProblem(
                f"There is no site {', '.join(unknown)}, or the service user may not see it. Check the id, "
                "and the user's allowed sites."
            )
        if not found:
            raise Trouble(
                f"Company {settings.company} shows no sites; orders of all sites are read.",
                "Check the user's allowed sites.",
            )
        foreign = sorted(
            {str(row.get("Contract")) for row in rows if row.get("Company") not in (None, settings.company)}
        )
        if settings.company and foreign:
            raise Trouble(
                f"Site {', '.join(foreign)} belongs to another company than {settings.company}.",
                found={"sites": found},
            )
        return f"{', '.join(found)}.", {"sites": found}

    def customers(self) -> Found:
        """How many customers there are and how long one takes."""
        return self._counted(self.settings.customers_set, "CustomerId", "customers")

    def orders(self) -> Found:
        """How many orders there are."""
        found = self._counted(self.settings.orders_set, "OrderNo", "orders")
        column = self.settings.order_date_attribute
        types = discovery.attributes(
            self.metadata(self.settings.orders_set),
            self.settings.orders_set,
            self._sample(self.settings.orders_set, "OrderNo"),
        )
        if types and column not in types:
            raise Trouble(
                f"{found[0]} They have no attribute {column}, so orders carry no date.",
                "Name the attribute that holds the date of entry in the settings.",
                found[1],
            )
        return found[0], {**found[1], "order_date_type": types.get(column, "")}

    def sales_parts(self) -> Found:
        """Whether a sales part can be read."""
        row = self._sample(self.settings.sales_parts_set, "CatalogNo")
        priced = self.settings.price_attribute
        if row and priced and priced not in row:
            raise Trouble(
                f"Sales parts can be read, but have no attribute {priced}: products get no price.",
                "Name the attribute that holds the price in the settings, or leave it empty.",
            )
        return ("Sales parts can be read." if row else "There are no sales parts yet."), {}

    def emails(self) -> Found:
        """Where e-mail addresses are and whether they come in bulk."""
        found = discovery.emails(self)
        if found["flat"]:
            full = self._full_page(found["flat"], found["link"])
            return f"Read in bulk from {found['flat']}.", {"emails": found, **full}
        said = "Read customer by customer, as no projection offers them in bulk: expect a call for each."
        return said, {"emails": found}

    def addresses(self) -> Found:
        """Whether postal addresses come in bulk."""
        flat = discovery.flat_set(self, "CustomerInfoAddresses", "CustomerInfoAddressSet", link="CustomerId")
        text = f"Read in bulk from {flat}." if flat else "Read customer by customer."
        return text, {"addresses": flat}

    def order_lines(self) -> Found:
        """Whether order lines come in bulk."""
        place = self.settings.order_lines_set
        if set_of(place) in self._sets.get(projection_of(place), frozenset()):
            self.client.rows(f"/{place}", Query(orderby="OrderNo", top=1))
            return f"Read in bulk from {place}.", {"order_lines": "flat", **self._full_page(place, "OrderNo")}
        return "Read order by order: expect about one call per order.", {"order_lines": "navigation"}

    def customer_change(self) -> Found:
        """The attribute that tells when a customer was changed."""
        settings = self.settings
        return self._change(
            settings.customers_set,
            "CustomerId",
            settings.customer_change_attribute,
            "customer_change",
            "customers",
        )

    def order_change(self) -> Found:
        """The attribute that tells when an order was changed."""
        settings = self.settings
        return self._change(
            settings.orders_set, "OrderNo", settings.order_change_attribute, "order_change", "orders"
        )

    def flags(self, options: FlagOptions) -> Found:
        """Whether the attributes that flags are written to exist."""
        attributes = discovery.attributes(
            self.metadata(options.flag_set), options.flag_set, self._sample(options.flag_set, "CustomerId")
        )
        wanted = dict.fromkeys((options.consent_attribute, options.engagement_attribute))
        there = {name: name in attributes for name in wanted}
        if absent := [name for name, exists in there.items() if not exists]:
            raise Trouble(
                f"Customers have no attribute {' and '.join(absent)}; nothing can be noted there.",
                "Only needed if consent or engagement are to come back: create custom attributes of "
                f"CustomerInfo, publish them to {projection_of(options.flag_set)}, or name others in the "
                "options.",
                {"flags": there},
            )
        return f"{' and '.join(wanted)} exist.", {"flags": there}

    def metadata(self, place: str) -> Metadata | None:
        """The description of a place's projection, None where it cannot be had."""
        projection = projection_of(place)
        if projection not in self._metadata:
            try:
                self._metadata[projection] = self.client.metadata(projection)
            except SystemFault:
                self._metadata[projection] = None
        return self._metadata[projection]

    def has_set(self, place: str) -> bool:
        """Whether the service document lists a place."""
        return set_of(place) in self._sets.get(projection_of(place), frozenset())

    def _counted(self, place: str, key: str, what: str) -> Found:
        start = time.perf_counter()
        row = self._sample(place, key)
        milliseconds = (time.perf_counter() - start) * 1000
        if row is None:
            raise Trouble(
                f"The service user sees no {what}.", "Check its allowed companies and sites.", {what: 0}
            )
        count = self.client.count(f"/{place}")
        said = f"{count:,} {what}" if count is not None else f"There are {what}; their number is not told"
        found = {what: count, **self._full_page(place, key)}
        return f"{said}. Reading one took {milliseconds:,.0f} ms.", found

    def _full_page(self, place: str, key: str) -> dict[str, Any]:
        """How many rows come in one answer: readers recognise by it where a set ends."""
        query = Query(orderby=key, top=LONGEST_PAGE, select=key)
        try:
            page = next(self.client.pages(f"/{place}", query))
        except (ConfigProblem, RetryLater):  # some projections fail at $select, some at so many rows
            return {}
        self._full_pages[place] = LONGEST_PAGE if page.next_link else len(page.rows)
        return {"full_pages": dict(self._full_pages)}

    def _sample(self, place: str, key: str) -> Json | None:
        rows = self.client.rows(f"/{place}", Query(orderby=key, top=1))
        return rows[0] if rows else None

    def _change(self, place: str, key: str, wanted: str, finding: str, what: str) -> Found:
        types = discovery.attributes(self.metadata(place), place, self._sample(place, key))
        for name in [wanted] if wanted else discovery.change_candidates(types):
            if name in types and discovery.can_be_filtered(self, place, key, Column(name, types[name])):
                return f"Only changed {what} are read, by {name}.", {
                    finding: {"attribute": name, "type": types[name]}
                }
        everything = "every run reads all of them and sends only what changed."
        if wanted:
            raise Trouble(
                f"{what.capitalize()} cannot be filtered by {wanted}; {everything}",
                "Name an attribute with the time of the last change, or leave the setting empty.",
                {finding: None},
            )
        return f"No attribute tells when {what} were changed: {everything}", {finding: None}
