"""What happens to the account: keys, roles, audiences, fields, applications, webhooks."""

from typing import TYPE_CHECKING

from sandboxes.kit import MutationFailed
from sandboxes.mailchimp import defaults, merge_fields
from sandboxes.mailchimp.merge_values import MERGE_TYPES
from sandboxes.mailchimp.state import Audience, MergeField, Webhook
from sandboxes.mailchimp.times import stamp
from sandboxes.mailchimp.webhooks import EVENTS, SOURCES

if TYPE_CHECKING:
    from sandboxes.mailchimp.sandbox import Mailchimp


class AccountMutations:
    """Each public method is a mutation."""

    def __init__(self, sandbox: "Mailchimp") -> None:
        self._sandbox = sandbox
        self._account = sandbox.account

    def revoke_key(self, key: str = "") -> list[str]:
        """Disables one API key, or all of them."""
        self._account.keys -= {key} if key else set(self._account.keys)
        return sorted(self._account.keys)

    def add_key(self, key: str) -> list[str]:
        self._account.keys.add(key)
        return sorted(self._account.keys)

    def revoke_token(self, token: str = "") -> int:
        """The user removes the application's access: one token, or all of them."""
        self._sandbox.app.tokens -= {token} if token else set(self._sandbox.app.tokens)
        return len(self._sandbox.app.tokens)

    def set_role(self, role: str) -> str:
        """owner, admin, manager, author or viewer; a viewer may only read."""
        self._account.role = role
        return role

    def deactivate(self, *, active: bool = False) -> bool:
        self._account.active = active
        return active

    def add_audience(self, name: str, list_id: str = "", *, double_optin: bool = False) -> str:
        wanted = list_id or f"{self._account.number():010x}"
        audience = defaults.new_audience(self._account, wanted, name, stamp(self._sandbox.clock.now()))
        audience.double_optin = double_optin
        return audience.id

    def add_permission(self, permission_id: str, text: str, list_id: str = "") -> str:
        """A marketing permission of an audience with the GDPR fields on."""
        self._audience(list_id).permissions[permission_id] = text
        return permission_id

    def add_merge_field(
        self, tag: str, kind: str = "text", name: str = "", list_id: str = "", *, required: bool = False
    ) -> int:
        if kind not in MERGE_TYPES:
            raise MutationFailed(f"no merge field type {kind!r}")
        audience = self._audience(list_id)
        return merge_fields.add_field(audience, tag, name or tag.title(), kind, required=required).merge_id

    def require_merge_field(self, tag: str, list_id: str = "", *, required: bool = True) -> int:
        merge_field = self._field(tag, list_id)
        merge_field.required = required
        return merge_field.merge_id

    def drop_merge_field(self, tag: str, list_id: str = "") -> int:
        audience, merge_field = self._audience(list_id), self._field(tag, list_id)
        del audience.merge_fields[tag]
        for member in audience.members.values():
            member.merge.pop(tag, None)
        audience.version += 1
        return merge_field.merge_id

    def register_application(
        self, redirect_uris: list[str], client_id: str = "", client_secret: str = ""
    ) -> str:
        """From now on only these redirect URIs are accepted, letter by letter."""
        app = self._sandbox.app
        app.redirect_uris = set(redirect_uris)
        app.client_id, app.client_secret = client_id or app.client_id, client_secret or app.client_secret
        return app.client_id

    def consent_by_itself(self, *, enabled: bool = True) -> bool:
        """The consent page is skipped, as if its Allow were pressed at once."""
        self._sandbox.app.consents_by_itself = enabled
        return enabled

    def add_unsigned_webhook(self, url: str, list_id: str = "") -> str:
        """One from before deliveries were signed: every event from every source, never validated."""
        audience, webhook_id = self._audience(list_id), f"{self._account.number():010x}"
        events, sources = dict.fromkeys(EVENTS, True), dict.fromkeys(SOURCES, True)
        audience.webhooks[webhook_id] = Webhook(webhook_id, url, events, sources, "")
        return webhook_id

    def hold_webhooks(self, *, held: bool = True) -> bool:
        """Keeps deliveries back until `deliver_webhooks` sends them."""
        self._sandbox.sender.held = held
        return held

    def deliver_webhooks(self, copies: int = 1, *, backwards: bool = False) -> int:
        """Sends what is due now, each so many times, in order or the other way round."""
        self._sandbox.sender.collect(self._account.audiences.values())
        return self._sandbox.sender.ask(copies=copies, backwards=backwards)

    def _audience(self, list_id: str) -> Audience:
        wanted = list_id or next(iter(self._account.audiences))
        if wanted not in self._account.audiences:
            raise MutationFailed(f"no audience {wanted!r}")
        return self._account.audiences[wanted]

    def _field(self, tag: str, list_id: str) -> MergeField:
        found = self._audience(list_id).merge_fields.get(tag)
        if found is None:
            raise MutationFailed(f"no merge field {tag!r}")
        return found
