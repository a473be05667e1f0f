"""How allauth behaves here: where it redirects to, and how it keeps second factors."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from encrypted_model_fields.fields import get_crypter

INVITATION = "invitation"  # the session's key of the link a visitor came with


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_safe_url(self, url: str) -> bool:
        """Only to the host that was asked: allauth would also go to any other of ALLOWED_HOSTS."""
        request: HttpRequest = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if token := request.session.get(INVITATION):
            return reverse("tenants:invitation", args=[token])
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keeps the secrets of second factors as sealed as those of connections; `rotate_keys` knows of them."""

    def encrypt(self, text: str) -> str:
        return str(get_crypter().encrypt(text.encode()), "utf-8")

    def decrypt(self, encrypted_text: str) -> str:
        return str(get_crypter().decrypt(encrypted_text), "utf-8")
