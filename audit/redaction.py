"""Takes secrets out of text, data and headers before they are written anywhere.

Three nets, each for what slips through the others: the name of the field, the shape of the value, and the
secret values of the connection at hand in every spelling they travel in. Imports nothing but the standard
library, so the kit that talks to vendors can use it too.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

SHORTEST_SECRET = 4
"""A shorter value would blank half of every text; only its field's name protects it."""
DEEPEST = 60

_SENSITIVE_KEY = re.compile(
    r"passw(?:or)?d|passphrase|pwd$|secret|token|apikey|accesskey|privatekey|authorization|^auth$|credential"
    r"|cookie|signature|hmac|sessionid|^otp$|jwt|recoverycode"
)
# Names that only sound secret, and that people need in order to understand a call.
_HARMLESS_KEY = re.compile(
    r"tokentype|(?:page|skip|continuation|delta|sync)token|tokenexpir\w*|expirestoken|tokensleft|secretsset"
)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]")

_NAMES = (
    r"passw(?:or)?d|passphrase|pwd|secret|(?<!page)(?<!page_)(?<!skip)token(?!_?type)"
    r"|api[_-]?key|access[_-]?key|private[_-]?key|signature|hmac|session[_-]?id|jwt"
)
# Every repetition that could overlap its neighbour is bounded, so no text makes these slower than linear.
_ASSIGNED = re.compile(
    rf"((?:{_NAMES})[\w.-]{{0,40}}\\{{0,3}}[\"']?\s{{0,5}}[=:]\s{{0,5}})"
    r"(\\{0,3}\"[^\"]{0,4000}\"?|\\{0,3}'[^']{0,4000}'?|[^\s&;,}<>\"']+)",
    re.IGNORECASE,
)
_WHOLE_HEADER = re.compile(
    r"((?:proxy-)?authorization|(?:set-)?cookie)(\\{0,3}[\"']?\s{0,5}[:=]\s{0,5}\\{0,3}[\"']?)[^\r\n\"']+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(bearer|basic|negotiate|digest)(\s{1,5})([A-Za-z0-9._~+/=:-]+)", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b[0-9a-f]{32}-us\d{1,3}\b"  # Mailchimp
    r"|\bshp[a-z]{2,3}_[0-9a-fA-F]{16,}"  # Shopify
    r"|\beyJ[\w-]{5,}(?:\.[\w-]+){1,4}"  # JWT, JWE
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_USERINFO = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@\"'<>]{1,500}@", re.IGNORECASE)
# One cheap look decides whether the patterns above have anything to find.
_TRIGGER = re.compile(
    r"pass|pwd|secret|token|key|signature|hmac|session|jwt|authorization|cookie"
    r"|bearer|basic|negotiate|digest|-us\d|shp|eyJ|://",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_WORD = re.compile(r"[a-z]{1,15}|[A-Z]?[a-z]{1,14}|[A-Z]{1,15}")


class Redactor:
    """Redacts by field name, by pattern and by the given secret values. Threads may share one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings: set[str] = set()
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                spellings |= _spellings(secret)
        self.mark = _mark_for(spellings)
        # The longest first: a spelling may contain another one.
        ordered = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self._values = re.compile("|".join(map(_pattern, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """The text without secrets. Applying it twice changes nothing more."""
        if self._values is not None:
            text = self._values.sub(self.mark, text)
        if text.isalnum() or _TRIGGER.search(text) is None:
            return text
        mark = self.mark
        text = _SHAPES.sub(mark, text)
        text = _USERINFO.sub(lambda found: f"{found[1]}{mark}@", text)
        text = _WHOLE_HEADER.sub(lambda found: f"{found[1]}{found[2]}{mark}", text)
        text = _SCHEME.sub(self._scheme, text)
        return _ASSIGNED.sub(self._assigned, text)

    def data(self, data: object) -> object:
        """A copy of JSON-like data without secrets. Numbers, times and ids are passed through."""
        return self._data(data, DEEPEST)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers without secrets; the sensitive ones keep their names."""
        return {
            name: self.mark if _is_sensitive(name) and value else self.text(value)
            for name, value in headers.items()
        }

    def _data(self, data: object, depth: int) -> object:
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, bytes | bytearray | memoryview):
            return self.text(bytes(data).decode("utf-8", "replace")).encode()
        if isinstance(data, Mapping | list | tuple | set | frozenset) and depth <= 0:
            return "[too deep]"
        if isinstance(data, Mapping):
            return {self._key(key): self._field(key, value, depth - 1) for key, value in data.items()}
        if isinstance(data, list | tuple | set | frozenset):
            return [self._data(item, depth - 1) for item in data]
        return data

    def _key(self, key: object) -> object:
        return self.text(key) if isinstance(key, str) else key

    def _field(self, key: object, value: object, depth: int) -> object:
        # "Not set" and "switched off" are no secrets, and worth knowing.
        if (
            isinstance(key, str)
            and value is not None
            and not isinstance(value, bool)
            and value != ""
            and _is_sensitive(key)
        ):
            return self.mark
        return self._data(value, depth)

    def _scheme(self, found: re.Match[str]) -> str:
        scheme, space, credentials = found.groups()
        # "Basic settings" and "Bearer token expired" are prose.
        return found[0] if _WORD.fullmatch(credentials) else f"{scheme}{space}{self.mark}"

    def _assigned(self, found: re.Match[str]) -> str:
        name, value = found.groups()
        bare = value.lstrip("\\")
        opening = value[: len(value) - len(bare)]
        if bare[0] not in "\"'":
            return f"{name}{self.mark}"
        closed = len(bare) > 1 and bare[-1] == bare[0]
        inner = bare[1:-1] if closed else bare[1:]
        # A quote inside JSON inside JSON is escaped on both sides: the closing one keeps its backslashes.
        closing = inner[len(inner.rstrip("\\")) :] if opening else ""
        return f"{name}{opening}{bare[0]}{self.mark}{closing}{bare[0] if closed else ''}"


def _is_sensitive(name: str) -> bool:
    plain = _NOT_IN_NAMES.sub("", name.lower())
    return bool(_SENSITIVE_KEY.search(_HARMLESS_KEY.sub("", plain)))


def _spellings(secret: str) -> set[str]:
    """The secret as it stands, and as URLs, JSON, HTML and base64 write it."""
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = quote(raw, safe="")
    found = {
        secret,
        encoded,
        encoded.replace("%", "%25"),
        quote_plus(raw),
        quote(raw),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        *_base64_cores(raw),
    }
    return {spelling for spelling in found if len(spelling) >= SHORTEST_SECRET}


def _pattern(spelling: str) -> str:
    """Matches the spelling; percent escapes in capitals or not."""
    return _ESCAPE.sub(lambda found: f"(?i:{found[0]})", re.escape(spelling))


def _base64_cores(raw: bytes) -> set[str]:
    """What base64 makes of the secret wherever it starts, without the characters that its neighbours share.

    So `base64(user:secret)` is recognised without knowing the user.
    """
    cores = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw).decode("ascii")
        start = -(-before * 8 // 6)
        core = whole[start : (before + len(raw)) * 8 // 6]
        if len(core) >= 2 * SHORTEST_SECRET:
            cores |= {core, core.replace("+", "-").replace("/", "_"), quote(core, safe="")}
    return cores


def _mark_for(spellings: set[str]) -> str:
    """What to write instead: it must neither contain a secret nor complete one with the text around it."""
    for mark in ("[redacted]", "***", "•••", "…"):
        edges = {mark[0], mark[-1]}
        if not any(spelling in mark or edges & set(spelling) for spelling in spellings):
            return mark
    return "\N{REPLACEMENT CHARACTER}"
