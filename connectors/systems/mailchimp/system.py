"""Mailchimp Marketing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, System
from connectors.systems.mailchimp import ping
from connectors.systems.mailchimp.client import secret_of
from connectors.systems.mailchimp.hooks import AudienceHook, TransactionalHook
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.sinks.audience_members import AudienceMembers, SupplierMembers
from connectors.systems.mailchimp.sinks.store_customers import StoreCustomers
from connectors.systems.mailchimp.sinks.store_orders import StoreOrders
from connectors.systems.mailchimp.sinks.store_products import StoreProducts
from connectors.systems.mailchimp.streams.consent import ConsentStream
from connectors.systems.mailchimp.streams.contacts import ContactsStream
from connectors.systems.mailchimp.streams.engagement import EngagementStream
from connectors.systems.mailchimp.streams.message_events import MessageEventStream
from connectors.systems.mailchimp.streams.orders import OrdersStream

BURST = 40


class Mailchimp(System):
    """A Mailchimp account: audiences with their members, e-commerce stores, single mails."""

    code = "mailchimp"
    name = "Mailchimp"
    settings_model = MailchimpSettings
    credentials_model = MailchimpCredentials
    streams = {
        "consent": ConsentStream,
        "contacts": ContactsStream,
        "engagement": EngagementStream,
        "message_events": MessageEventStream,
        "orders": OrdersStream,
    }
    sinks = {
        "audience_members": AudienceMembers,
        "supplier_members": SupplierMembers,
        "store_customers": StoreCustomers,
        "store_products": StoreProducts,
        "store_orders": StoreOrders,
    }
    hooks = {"audience": AudienceHook, "transactional": TransactionalHook}

    @classmethod
    def limits(cls, settings: Settings) -> Limits:
        """Mailchimp limits calls at the same time, per user; a rate it does not publish."""
        if not isinstance(settings, MailchimpSettings):
            raise TypeError(f"{type(settings).__name__} are not Mailchimp's settings")
        return Limits(per_minute=settings.requests_per_minute, burst=BURST, concurrent=settings.concurrent)

    @classmethod
    def account_key(cls, settings: Settings, credentials: Settings) -> str:
        """A digest of the key or token: the nearest to the user Mailchimp counts by, without asking it."""
        if not isinstance(settings, MailchimpSettings) or not isinstance(credentials, MailchimpCredentials):
            raise TypeError("these are not Mailchimp's settings and credentials")
        secret = secret_of(settings, credentials)
        return hashlib.blake2b(secret.encode(), digest_size=8, person=b"mlc-mailchimp").hexdigest()

    def ping(self) -> Iterator[Check]:
        """See `System.ping`; what is found is described in `findings.py`."""
        return ping.ping(self.account)
