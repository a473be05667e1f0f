"""How e.net says no: with a 200 and a text, or inside the XML a business object answers with."""

INVALID_SESSION = "The supplied UserID is invalid."
EXCEPTION = "e.net exception raised: 100000"


class EnetError(Exception):
    """Answered as `ERROR: <text>` with HTTP 200."""


def invalid_session() -> EnetError:
    return EnetError(INVALID_SESSION)


def exception() -> EnetError:
    """An unknown business object, XML that cannot be read, a parameter that is missing."""
    return EnetError(EXCEPTION)
