"""The e-commerce store itself: made if missing, checked if there, quiet while it is first filled."""

from __future__ import annotations

from typing import Any

from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, RecordRejected, RetryLater
from connectors.sdk.system import Account
from connectors.systems.mailchimp.client import api_of, read_object
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.options import audience_options, store_options

STORE = "/ecommerce/stores/{store}"


class Store:
    """The store an integration writes to."""

    def __init__(self, account: Account) -> None:
        self.options = store_options(account)
        self.audience = audience_options(account).audience_id
        self.id = self.options.store_id
        self.api = api_of(account)

    def ensure(self) -> None:
        """Make the store if there is none.

        Raises `ConfigProblem` where it belongs to another audience or counts in another currency: neither can
        be mended from here.
        """
        found = self.read()
        if found is None:
            refused = self._create()
            found = self.read()
            if found is None and refused:
                raise self._problem(refused)
        if found is None:
            raise RetryLater(
                "Mailchimp has not finished making the store; we go on shortly.",
                after=5,
                code="store_pending",
            )
        self._check(found)

    def begin_backfill(self) -> bool:
        """Hold back the store's automations (order mails and the like); returns whether they now are."""
        if not self.options.suspend_automations:
            return False
        self._set_syncing(syncing=True)
        return True

    def end_backfill(self) -> None:
        """Let automations run again. Safe to call at any time: a store left syncing sends nothing."""
        self._set_syncing(syncing=False)

    def read(self) -> dict[str, Any] | None:
        """The store as Mailchimp has it, None where it does not exist."""
        try:
            return read_object(self.api, STORE, query=(("exclude_fields", "_links"),), store=self.id)
        except RecordRejected as fault:
            if fault.code == NOT_FOUND:
                return None
            raise

    def _create(self) -> RecordRejected | None:
        """Ask for the store; what Mailchimp refused may be there all the same, made by another worker."""
        options = self.options
        body = {
            "id": self.id,
            "list_id": self.audience,
            "name": options.store_name,
            "currency_code": options.store_currency,
            "platform": "ml-connector",
        }
        if options.store_domain:
            body["domain"] = options.store_domain
        try:
            self.api.call("POST", "/ecommerce/stores", json=body)
        except OutcomeUnknown:
            return None
        except RecordRejected as fault:
            return fault
        return None

    def _problem(self, fault: RecordRejected) -> ConfigProblem:
        return ConfigProblem(
            f"Mailchimp did not make the store {self.id}: {fault.text} Change the store in the set-up; its "
            "domain may belong to another store of your account.",
            detail=fault.detail,
            code="store_refused",
        )

    def _check(self, found: dict[str, Any]) -> None:
        if found.get("list_id") != self.audience:
            raise ConfigProblem(
                f"The Mailchimp store {self.id} belongs to another audience ({found.get('list_id')}), and "
                "stores cannot move. Choose that audience, or another store ID for a new store.",
                code="store_audience",
            )
        if found.get("currency_code") != self.options.store_currency:
            raise ConfigProblem(
                f"The Mailchimp store {self.id} counts in {found.get('currency_code')}, not in "
                f"{self.options.store_currency}. Correct the currency in the set-up, or "
                "choose another store ID for a new store.",
                code="store_currency",
            )
        if found.get("list_is_active") is False:
            raise ConfigProblem(
                f"The audience of the Mailchimp store {self.id} has been deleted. Choose another audience "
                "and a new store ID.",
                code="store_orphaned",
            )

    def _set_syncing(self, *, syncing: bool) -> None:
        found = self.read()
        if found is None or bool(found.get("is_syncing")) == syncing:
            return
        try:
            self.api.call("PATCH", STORE, path={"store": self.id}, json={"is_syncing": syncing})
        except OutcomeUnknown as fault:
            # Setting it once more does no harm, which the caller cannot know.
            raise RetryLater(fault.text, detail=fault.detail, code=fault.code) from fault
