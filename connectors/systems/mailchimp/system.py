"""Mailchimp Marketing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, System
from connectors.systems.mailchimp import ping
from connectors.systems.mailchimp.client import secret_of
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.sinks.audience_members import AudienceMembers
from connectors.systems.mailchimp.sinks.store_customers import StoreCustomers
from connectors.systems.mailchimp.sinks.store_orders import StoreOrders
from connectors.systems.mailchimp.sinks.store_products import StoreProducts
from connectors.systems.mailchimp.streams.consent import ConsentStream
from connectors.systems.mailchimp.streams.engagement import EngagementStream

BURST = 40


class Mailchimp(System):
    """A Mailchimp account: audiences with their members, and one e-commerce store."""

    code = "mailchimp"
    name = "Mailchimp"
    settings_model = MailchimpSettings
    credentials_model = MailchimpCredentials
    streams = {"consent": ConsentStream, "engagement": EngagementStream}
    sinks = {
        "audience_members": AudienceMembers,
        "store_customers": StoreCustomers,
        "store_products": StoreProducts,
        "store_orders": StoreOrders,
    }

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
