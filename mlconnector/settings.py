"""Django's settings, from the environment. Outside DEBUG nothing secret has a default."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from django.urls import reverse_lazy
from kombu import Exchange, Queue

from mlconnector import env
from mlconnector import logging as log_setup

django_stubs_ext.monkeypatch()  # lets admin classes and querysets name their model in brackets at run time

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = env.flag("DEBUG", default=False)
HTTPS = env.flag("MLC_HTTPS", default=not DEBUG)


def _only_in_debug(value: str) -> str | None:
    return value if DEBUG else None


# --- what this installation is ---
SECRET_KEY = env.secret("SECRET_KEY", _only_in_debug("not-a-secret-and-refused-outside-debug"))
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", _only_in_debug("localhost,127.0.0.1,[::1],testserver"))
CSRF_TRUSTED_ORIGINS = env.listing("MLC_TRUSTED_ORIGINS", "")
PUBLIC_URL = env.text("MLC_PUBLIC_URL", _only_in_debug("http://localhost:8000")).rstrip("/")
# Fernet keys: the first seals, all open. `rotate_keys` re-seals every row with the first.
FIELD_ENCRYPTION_KEY = env.secrets("FIELD_ENCRYPTION_KEYS", _only_in_debug("A" * 43 + "="))
# Vendors are called on public addresses only. On-premise ERPs live elsewhere: an operator who serves them
# names their networks, such as 10.20.0.0/16.
ALLOWED_NETWORKS = env.listing("MLC_ALLOWED_NETWORKS", "")
# Certificate authorities to trust instead of the usual ones, where ERPs have certificates of their own.
CA_FILE = env.text("MLC_CA_FILE", "")

# --- applications ---
INSTALLED_APPS = [
    "mlconnector",
    "connectors",
    "audit",
    "tenants",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_celery_beat",
    "django_htmx",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "mlconnector.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "mlconnector.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.middleware.AdminScopeMiddleware",
]
ROOT_URLCONF = "mlconnector.urls"
WSGI_APPLICATION = "mlconnector.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.tenancy",
                "connectors.views.context.state_of_whole",
            ],
        },
    },
]

# --- database: the web, the workers and beat connect as a role that row-level security binds ---
_connection = {
    "CONN_MAX_AGE": env.number("MLC_DATABASE_CONN_MAX_AGE", 600),
    "CONN_HEALTH_CHECKS": True,
}
_app_url = env.text("DATABASE_URL", _only_in_debug("postgresql://mlc_app@localhost/ml_connector"))
DATABASES: dict[str, dict[str, Any]] = {
    "default": {**env.database(_app_url), **_connection},
    # The role that owns the tables: `migrate --database owner`. Nothing else connects as it.
    "owner": env.database(env.text("DATABASE_OWNER_URL", _app_url)),
}
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache and broker ---
REDIS_URL = env.text("REDIS_URL", _only_in_debug("redis://localhost:6379/0"))
CACHES = {
    "default": {
        "BACKEND": "mlconnector.cache.SurvivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mlc:cache",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    },
}

CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
# Each has an exchange of its own, so that a message reaches one queue however it is addressed.
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name)
    for name in ("webhooks", "interactive", "polls", "backfills")
]
CELERY_TASK_DEFAULT_QUEUE = "polls"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# A slice lasts about 30 seconds. A message counts as lost after the visibility time-out, which must therefore
# exceed the hard limit plus the longest countdown (5 minutes); longer waits are rows in the database.
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 180
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,  # kombu's default looks for lost messages every 100 seconds only
    "unacked_restore_throttle": 1,
    "global_keyprefix": "mlc:queue:",
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A publisher gives up soon: the sweeper finds what was not announced.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_TASK_ACKS_LATE = True
# A task that kills its process is tried three times, not for ever.
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ETA_TASK_LIMIT = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 100  # with close_old_connections before each task: four times the tasks per second

# --- people ---
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/app/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tenants.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "tenants.forms.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_ADAPTER = "tenants.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "ml-connector"
USERSESSIONS_TRACK_ACTIVITY = True

# --- mail ---
_email = env.email(env.text("MLC_EMAIL_URL", _only_in_debug("console:")))
EMAIL_BACKEND: str = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH: str = _email.get("EMAIL_FILE_PATH", "")
EMAIL_HOST: str = _email.get("EMAIL_HOST", "localhost")
EMAIL_PORT: int = _email.get("EMAIL_PORT", 25)
EMAIL_HOST_USER: str = _email.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = _email.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL: bool = _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MLC_EMAIL_FROM", "ml-connector <noreply@localhost>")

# --- the wire ---
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.flag("MLC_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # rate limits count the address the proxy saw, not the proxy
# Where a form may lead besides ourselves: the log-in pages of vendors that speak OAuth.
CSP_FORM_TARGETS = env.listing("MLC_FORM_TARGETS", "https://login.mailchimp.com")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- REST ---
REST_FRAMEWORK = {
    # API keys are named by the views: their class imports what these defaults are needed for.
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ml-connector",
    "DESCRIPTION": "Moves customers, orders, stock and payments between ERPs and Mailchimp or Shopify.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- applications registered at vendors: without one, logging in there is not offered ---
MAILCHIMP_CLIENT_ID = env.text("MLC_MAILCHIMP_CLIENT_ID", "")
MAILCHIMP_CLIENT_SECRET = env.text("MLC_MAILCHIMP_CLIENT_SECRET", "")

# --- files, language, time ---
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Production serves what `manage.py collectstatic` gathered; elsewhere files are served from where they are.
WHITENOISE_USE_FINDERS = env.flag("MLC_STATIC_FINDERS", default=DEBUG)
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else env.text("MLC_STATIC_ROOT", str(BASE_DIR / "staticfiles"))
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"

# --- logs ---
LOGGING_CONFIG = None
log_setup.configure(
    as_json=env.text("MLC_LOG_FORMAT", "console" if DEBUG else "json") == "json",
    level=env.text("MLC_LOG_LEVEL", "INFO"),
)
