"""Which e-mail addresses the vendor takes for real.

The vendor's own rule is secret; this one refuses what it is known to refuse: addresses that are no
addresses, the domains of documentation, and keyboard noise. The reserved top level `.example` is let
through on purpose, so that invented data can use it.
"""

import re
from functools import lru_cache
from hashlib import md5

FAKE_DOMAINS = frozenset({"example.com", "example.net", "example.org", "test.com", "domain.com", "localhost"})
FAKE_TOP_LEVELS = frozenset({"invalid", "localhost", "test", "local"})

_SYNTAX = re.compile(
    r"(?=.{3,254}\Z)(?=.{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\Z"
)
_NOISE = re.compile(r"(.)\1\1+\Z", re.IGNORECASE)


@lru_cache(maxsize=4096)
def subscriber_hash(email: str) -> str:
    return md5(email.lower().encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def is_real(email: str) -> bool:
    if not _SYNTAX.match(email):
        return False
    local, _, domain = email.rpartition("@")
    return _is_real_domain(domain.lower()) and not _NOISE.match(local)


@lru_cache(maxsize=4096)
def _is_real_domain(domain: str) -> bool:
    return domain not in FAKE_DOMAINS and domain.rpartition(".")[2] not in FAKE_TOP_LEVELS
