"""The ids records have in Mailchimp: ours to choose in a store, a hash of the address in an audience."""

from __future__ import annotations

import hashlib
import re

LONGEST_ID = 50
"""A longer customer id is refused; in an order it ends in a bare 404."""
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def member_hash(address: str) -> str:
    """The id of a member: MD5 of the lower-case address."""
    return hashlib.md5(address.strip().lower().encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def safe_id(key: str, limit: int = LONGEST_ID) -> str:
    """A source key as an id: itself where it is short and plain, else what is plain of it and a digest.

    Slashes and the like are legal in ids but do not survive every hop of an address.
    """
    if len(key) <= limit and _SAFE.fullmatch(key):
        return key
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    plain = _UNSAFE.sub("-", key).strip("-.")[: limit - len(digest) - 1]
    return f"{plain}-{digest}" if plain else digest


def customer_id(key: str, address: str) -> str:
    """The id of a store customer; the address is part of it, as a store customer cannot change theirs."""
    return f"{safe_id(key, LONGEST_ID - 9)}-{member_hash(address)[:8]}"
