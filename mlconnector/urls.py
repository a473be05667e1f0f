"""Every address of the product, by the room that answers it."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from mlconnector.health import health

# Django's own log-in form knows no second factor and no rate limit; allauth's does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

_ROOMS = [
    ("api/v1/", "connectors.api.urls"),
    ("hooks/", "connectors.webhooks.urls"),
    ("", "connectors.urls"),
    ("app/", "audit.urls"),
    ("", "tenants.urls"),
]


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("healthz", health, name="health"),
    *(path(prefix, include(module)) for prefix, module in _ROOMS if _exists(module)),
]
