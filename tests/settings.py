"""The product's own settings against throwaway servers, in the shape of production: DEBUG is off."""

import os
import secrets
import tempfile
from pathlib import Path

from mlconnector.local import postgres, valkey
from mlconnector.local.places import folders

# Named here, before anything runs, because Django reads its settings before any fixture can start a server.
# Parallel workers inherit the name and so meet at the same servers.
HOME = Path(
    os.environ.setdefault("MLC_TEST_HOME", f"{tempfile.gettempdir()}/mlc-test-{secrets.token_hex(4)}")
)
_place = folders(HOME)

if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = postgres.server_url(_place, postgres.APP)
    os.environ["DATABASE_OWNER_URL"] = postgres.server_url(_place, postgres.OWNER)
    os.environ["MLC_TEST_OWN_POSTGRES"] = "1"
if "REDIS_URL" not in os.environ:
    os.environ["REDIS_URL"] = valkey.server_url(_place)
    os.environ["MLC_TEST_OWN_VALKEY"] = "1"
if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    # Counted from the first worker's, for programs that a worker starts read this too.
    first = os.environ.setdefault("MLC_TEST_REDIS_URL", os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = valkey.with_index(first, int(worker))

os.environ |= {
    "DEBUG": "0",
    "SECRET_KEY": "for-tests-only-and-long-enough-for-djangos-own-check-of-length",
    "FIELD_ENCRYPTION_KEYS": "dGVzdHMtb25seS1rZXktdGVzdHMtb25seS1rZXktMDE=",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
    "MLC_PUBLIC_URL": "http://testserver",
    "MLC_HTTPS": "0",
    "MLC_EMAIL_URL": "console:",
    "MLC_STATIC_FINDERS": "1",
    "MLC_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
    "MLC_LOG_LEVEL": "WARNING",
}

from mlconnector.settings import *  # noqa: E402, F403
from mlconnector.settings import INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.database"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # people are made by the hundred here
