"""Who owns what."""

from tenants.models.access import ApiKey, Invitation
from tenants.models.base import TenantManager, TenantOwned, WrongTenant
from tenants.models.people import User
from tenants.models.tenant import Membership, Role, Tenant

__all__ = [
    "ApiKey",
    "Invitation",
    "Membership",
    "Role",
    "Tenant",
    "TenantManager",
    "TenantOwned",
    "User",
    "WrongTenant",
]
