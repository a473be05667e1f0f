"""What can be done about people and tenants. Pages, the API and commands all come through here."""

from tenants.services.accounts import (
    change_tenant,
    found_tenant,
    membership_here,
    memberships_of,
    sign_up,
    switch_tenant,
)
from tenants.services.api_keys import authenticate_api_key, create_api_key, revoke_api_key
from tenants.services.errors import MailNotSent, Refused
from tenants.services.invitations import accept_invitation, find_invitation, invite, revoke_invitation
from tenants.services.team import change_role, remove_member

__all__ = [
    "MailNotSent",
    "Refused",
    "accept_invitation",
    "authenticate_api_key",
    "change_role",
    "change_tenant",
    "create_api_key",
    "find_invitation",
    "found_tenant",
    "invite",
    "membership_here",
    "memberships_of",
    "remove_member",
    "revoke_api_key",
    "revoke_invitation",
    "sign_up",
    "switch_tenant",
]
