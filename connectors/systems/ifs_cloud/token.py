"""Access tokens: OAuth 2 client credentials at the customer's Keycloak realm."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.sdk.auth import SharedToken, Token
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Account
from connectors.systems.ifs_cloud.errors import NAME, TOKEN_RULES, token_words
from connectors.systems.ifs_cloud.settings import credentials_of, settings_of

UNTOLD_SECONDS = 120.0
"""The life of a token whose server does not tell: shorter than any IFS is known to give (their sample says
180).
"""


def shared_token(account: Account) -> SharedToken:
    """The account's token, fetched when needed."""
    return SharedToken(account.tokens, lambda: fetch_token(account))


def fetch_token(account: Account) -> Token:
    """Log in. The faults carry Keycloak's words: `ReconnectNeeded` for the client, `ConfigProblem` for realm,
    address and scope.
    """
    settings, credentials = settings_of(account), credentials_of(account)
    parts = urlsplit(settings.log_in_url)
    http = account.connect(
        base_url=f"{parts.scheme}://{parts.netloc}", rules=TOKEN_RULES, words_of=token_words
    )
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret.get_secret_value(),
    }
    if settings.scope:
        form["scope"] = settings.scope
    # Asking twice does no harm, so this POST is repeated like a reading.
    path = parts.path.replace("{", "{{").replace("}", "}}")
    body = read_json(http.call("POST", path, form=form, writes=False), NAME)
    value = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(value, str) or not value.isprintable() or not value.isascii():
        raise ConfigProblem(
            f"The log-in of {NAME} answered without an access token. Check the token URL.", code="no_token"
        )
    life = body.get("expires_in")
    return Token(value, float(life) if isinstance(life, int | float) and life > 0 else UNTOLD_SECONDS)
