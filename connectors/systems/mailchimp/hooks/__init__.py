"""What Mailchimp tells us by itself: of an audience, and of single mails (Transactional)."""

from connectors.systems.mailchimp.hooks.audience import AudienceHook
from connectors.systems.mailchimp.hooks.transactional import TransactionalHook

__all__ = ["AudienceHook", "TransactionalHook"]
