"""Trying a Mailchimp account: does it answer, whose is it, what may we do, what is there to write to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, SystemFault
from connectors.sdk.http import HttpClient
from connectors.sdk.system import Account, Check, Outcome
from connectors.systems.mailchimp import findings
from connectors.systems.mailchimp.client import LARGEST_PAGE, api_of, read_object
from connectors.systems.mailchimp.contact import ADDRESS_TYPES, TEXT_TYPES
from connectors.systems.mailchimp.options import (
    AudienceOptions,
    OrdersBackOptions,
    StoreOptions,
    SupplierOptions,
    orders_store,
    supplier_options,
    text_fields,
)
from connectors.systems.mailchimp.standing import ARCHIVE, UNSUBSCRIBE

MOST_AUDIENCES = 25
"""The merge fields of so many audiences are read; each takes a call."""
WEAK_ROLES = frozenset({"author", "viewer"})
NEW_KEY = "Create a new key in Mailchimp (Account & billing > Extras > API keys), or log in again."

Found = dict[str, Any]


def ping(account: Account) -> Iterator[Check]:
    """See `System.ping`."""
    try:
        api = api_of(account)
    except ReconnectNeeded as fault:
        yield Check("key", Outcome.FAILED, fault.text)
        return
    reached = True
    for check in _reach(api):
        yield check
        reached = reached and check.outcome is Outcome.OK
    if reached:
        yield from _look_round(api, account)


def _look_round(api: HttpClient, account: Account) -> Iterator[Check]:
    audiences: list[Found] = []
    stores: list[Found] = []

    def gathered() -> Check:
        audiences.extend(_read_audiences(api, account))
        return _audiences(audiences)

    def counted() -> Check:
        stores.extend(_read_stores(api))
        return _stores(account, stores)

    steps: tuple[tuple[str, Callable[[], Check | None]], ...] = (
        ("account", lambda: _account(api)),
        ("audiences", gathered),
        ("audience", lambda: _chosen_audience(account, audiences)),
        ("supplier audience", lambda: _supplier_audience(account, audiences)),
        ("stores", counted),
        ("orders", lambda: _orders_back(api, account, stores)),
    )
    for name, step in steps:
        start = perf_counter()
        try:
            check = step()
        except SystemFault as fault:
            yield Check(name, Outcome.FAILED, fault.text, milliseconds=_since(start))
            return
        if check is not None:
            yield Check(name, check.outcome, check.text, check.advice, check.found, _since(start))


def _reach(api: HttpClient) -> Iterator[Check]:
    """Whether it answers and whether it takes the key: one call tells both."""
    start = perf_counter()
    try:
        read_object(api, "/ping")
    except ReconnectNeeded as fault:
        yield Check("reach", Outcome.OK, "Mailchimp answers.", milliseconds=_since(start))
        yield Check("key", Outcome.FAILED, fault.text, NEW_KEY)
    except ConfigProblem as fault:
        advice = "Check the data centre at the end of the key."
        yield Check("reach", Outcome.FAILED, fault.text, advice, milliseconds=_since(start))
    except SystemFault as fault:
        advice = "Try again in some minutes."
        yield Check("reach", Outcome.FAILED, fault.text, advice, milliseconds=_since(start))
    else:
        took = _since(start)
        yield Check("reach", Outcome.OK, f"Mailchimp answers in {took:.0f} ms.", milliseconds=took)
        yield Check("key", Outcome.OK, "Mailchimp accepts the key.")


def _account(api: HttpClient) -> Check:
    wanted = "account_id,account_name,login_id,role,account_timezone"
    found = read_object(api, "/", query=(("fields", wanted),))
    role = str(found.get("role") or "")
    about = {
        "id": found.get("account_id"),
        "name": found.get("account_name"),
        "role": role,
        "login_id": found.get("login_id"),
        "time_zone": found.get("account_timezone"),
    }
    remembered = {findings.ACCOUNT: about}
    text = f"Account {about['name']}, as {role or 'a user'}."
    if role.lower() in WEAK_ROLES:
        advice = "Let an owner make this user a manager, or use the key of a manager, admin or owner."
        return Check("", Outcome.FAILED, f"{text} This role may not change contacts.", advice, remembered)
    return Check("", Outcome.OK, text, found=remembered)


def _read_audiences(api: HttpClient, account: Account) -> list[Found]:
    found: list[Found] = [
        {
            "id": entry["id"],
            "name": entry.get("name", ""),
            "members": (entry.get("stats") or {}).get("member_count", 0),
            "double_optin": bool(entry.get("double_optin")),
            "merge_fields": None,
        }
        for entry in _all(api, "/lists", "lists", "id", "name", "double_optin", "stats.member_count")
    ]
    chosen = {_audience_id(account), getattr(account.options, "supplier_audience_id", "")}
    for audience in sorted(found, key=lambda audience: audience["id"] not in chosen)[:MOST_AUDIENCES]:
        audience["merge_fields"] = _read_merge_fields(api, audience["id"])
    return found


def _audiences(found: Sequence[Found]) -> Check:
    remembered = {findings.AUDIENCES: list(found)}
    if not found:
        advice = "Create an audience in Mailchimp, then ping again."
        return Check("", Outcome.FAILED, "The account has no audience.", advice, remembered)
    names = ", ".join(f"{audience['name']} ({audience['members']} contacts)" for audience in found[:5])
    text = f"{_counted(len(found), 'audience')}: {names}{' and more' if len(found) > 5 else ''}."
    if len(found) > MOST_AUDIENCES:
        text = f"{text} We read the fields of {MOST_AUDIENCES} of them."
        advice = (
            "Choose the audience in the set-up of the integration and ping again; then its fields are read."
        )
        return Check("", Outcome.WARNING, text, advice, remembered)
    return Check("", Outcome.OK, text, found=remembered)


def _read_merge_fields(api: HttpClient, audience: str) -> list[Found]:
    template = "/lists/{audience}/merge-fields"
    return [
        {
            "tag": field["tag"],
            "name": field.get("name", ""),
            "type": field.get("type", "text"),
            "required": bool(field.get("required")),
        }
        for field in _all(api, template, "merge_fields", "tag", "name", "type", "required", audience=audience)
    ]


def _chosen_audience(account: Account, audiences: Sequence[Mapping[str, Any]]) -> Check | None:
    options = account.options
    return _into(options, audiences, "Customers") if isinstance(options, AudienceOptions) else None


def _supplier_audience(account: Account, audiences: Sequence[Mapping[str, Any]]) -> Check | None:
    options = account.options
    if not isinstance(options, SupplierOptions) or not options.supplier_audience_id:
        return None
    return _into(supplier_options(account), audiences, "Suppliers")


def _into(options: AudienceOptions, audiences: Sequence[Mapping[str, Any]], who: str) -> Check:
    """Whether these can go into the audience chosen for them, and what does not fit."""
    chosen = next((audience for audience in audiences if audience["id"] == options.audience_id), None)
    if chosen is None:
        text = f"There is no audience {options.audience_id} in this account."
        return Check("", Outcome.FAILED, text, "Choose another audience in the set-up of the integration.")
    name = chosen["name"]
    if options.new_member_status == "subscribed" and chosen["double_optin"]:
        text = f"{name} asks newcomers to confirm, and your set-up subscribes them without that."
        advice = 'Choose "pending" for newcomers, unless each of them has confirmed already.'
        return Check("", Outcome.WARNING, text, advice)
    if notes := [note for notes in (_unfilled, _missing_own, _required) for note in notes(options, chosen)]:
        advice = "Change the fields in Mailchimp, or in the set-up of the integration, if you mind."
        return Check("", Outcome.WARNING, f"{name}: {' '.join(notes)}", advice)
    return Check("", Outcome.OK, f"{who} go into {name}.{_told_of_standing(options)}")


def _told_of_standing(options: AudienceOptions) -> str:
    lost = [standing for standing, what in options.standing_actions.items() if what in {UNSUBSCRIBE, ARCHIVE}]
    return f" Unsubscribed or archived for their standing: {', '.join(lost)}." if lost else ""


def _tags(options: AudienceOptions) -> dict[str, frozenset[str]]:
    """The merge tags to fill and the types of field that take them."""
    texts = [tag for tag, _ in text_fields(options)]
    return {**dict.fromkeys(texts, TEXT_TYPES), options.address_tag: ADDRESS_TYPES}


def _missing_own(options: AudienceOptions, audience: Mapping[str, Any]) -> Iterator[str]:
    """Fields somebody asked for by name that the audience does not have; the usual ones may be missing."""
    present = {field["tag"] for field in audience["merge_fields"] or ()}
    usual = {field.default for name, field in AudienceOptions.model_fields.items() if name.endswith("_tag")}
    for tag in _tags(options):
        if tag and tag not in present and tag not in usual:
            yield f"it has no field {tag}, which is therefore not filled."


def _unfilled(options: AudienceOptions, audience: Mapping[str, Any]) -> Iterator[str]:
    types = {field["tag"]: field["type"] for field in audience["merge_fields"] or ()}
    for tag, fitting in _tags(options).items():
        if tag in types and types[tag] not in fitting:
            yield f"the field {tag} is of type {types[tag]} and is left alone."


def _required(options: AudienceOptions, audience: Mapping[str, Any]) -> Iterator[str]:
    filled = _tags(options)
    fields = audience["merge_fields"] or ()
    if missing := [field["tag"] for field in fields if field["required"] and field["tag"] not in filled]:
        yield f"it requires {', '.join(missing)}, which we do not fill; contacts go in without."


def _read_stores(api: HttpClient) -> list[Found]:
    return [
        {
            "id": entry["id"],
            "name": entry.get("name", ""),
            "audience": entry.get("list_id", ""),
            "currency": entry.get("currency_code", ""),
            "domain": entry.get("domain", ""),
        }
        for entry in _all(
            api, "/ecommerce/stores", "stores", "id", "name", "list_id", "currency_code", "domain"
        )
    ]


def _stores(account: Account, found: Sequence[Found]) -> Check:
    remembered = {findings.STORES: list(found)}
    counted = f"{_counted(len(found), 'store')}."
    options = account.options
    if not isinstance(options, StoreOptions):
        return Check("", Outcome.OK, counted, found=remembered)
    chosen = next((store for store in found if store["id"] == options.store_id), None)
    if chosen is None:
        text = f"{counted} The store {options.store_id} will be made."
        return Check("", Outcome.OK, text, found=remembered)
    if chosen["currency"] != options.store_currency:
        text = f"The store {chosen['id']} counts in {chosen['currency']}, not in {options.store_currency}."
        advice = "Correct the currency in the set-up, or choose another store ID for a new store."
        return Check("", Outcome.FAILED, text, advice, remembered)
    if chosen["audience"] != _audience_id(account):
        text = f"The store {chosen['id']} belongs to another audience, and stores cannot move."
        advice = "Choose the audience of the store, or another store ID for a new store."
        return Check("", Outcome.FAILED, text, advice, remembered)
    return Check("", Outcome.OK, f"Orders go into the store {chosen['name']}.", found=remembered)


def _orders_back(api: HttpClient, account: Account, stores: Sequence[Found]) -> Check | None:
    """Whether the store orders are read from is there, is not our own, and shows its orders."""
    if not isinstance(account.options, OrdersBackOptions) or not account.options.orders_store_id:
        return None
    wanted = orders_store(account)
    chosen = next((store for store in stores if store["id"] == wanted), None)
    if chosen is None:
        there = ", ".join(store["id"] for store in stores[:10]) or "none"
        advice = f"Choose another store in the set-up of the integration. There are: {there}."
        return Check("", Outcome.FAILED, f"There is no store {wanted} to read orders from.", advice)
    query = (("fields", "total_items"), ("count", "1"))
    total = read_object(api, "/ecommerce/stores/{store}/orders", query=query, store=wanted).get("total_items")
    return Check(
        "", Outcome.OK, f"Orders come back from the store {chosen['name']}, which has {total or 'none'}."
    )


def _audience_id(account: Account) -> str:
    return account.options.audience_id if isinstance(account.options, AudienceOptions) else ""


def _all(api: HttpClient, template: str, name: str, *fields: str, **path: str) -> Iterator[Found]:
    """Every entry of a collection, with only the fields asked for."""
    offset = 0
    wanted = ",".join(("total_items", *(f"{name}.{field}" for field in fields)))
    while True:
        query = (("fields", wanted), ("count", str(LARGEST_PAGE)), ("offset", str(offset)))
        page = read_object(api, template, query=query, **path)
        entries = page.get(name) or []
        yield from entries
        offset += len(entries)
        if not entries or offset >= int(page.get("total_items") or 0):
            return


def _counted(number: int, thing: str) -> str:
    return f"{number or 'No'} {thing}{'' if number == 1 else 's'}"


def _since(start: float) -> float:
    return (perf_counter() - start) * 1000
