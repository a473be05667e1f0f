"""What can go wrong at a vendor, named by what should happen next.

    SystemFault
    ├── RetryLater         nothing was done; the same call may succeed after `after` seconds
    ├── OutcomeUnknown     a write was sent and its answer never came: look it up before sending again
    ├── RecordRejected     this one record will not be accepted as it is; the others are fine
    ├── Conflict           the record changed at the vendor while we were writing it
    ├── ReconnectNeeded    the vendor no longer accepts our credentials: a person has to act
    └── ConfigProblem      an address or a setting is wrong: a person has to act

The first text is for the tenant: what happened and what to do. `detail` is for support staff and may quote
the vendor.
"""

from __future__ import annotations


class SystemFault(Exception):
    """A vendor call did not do what it was meant to do."""

    def __init__(self, text: str, *, detail: str = "", code: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.detail = detail
        self.code = code or self.default_code

    default_code = "fault"


class RetryLater(SystemFault):
    """Nothing was done; worth trying again after `after` seconds (None: the engine's own backoff)."""

    default_code = "busy"

    def __init__(self, text: str, *, after: float | None = None, detail: str = "", code: str = "") -> None:
        super().__init__(text, detail=detail, code=code)
        self.after = after


class OutcomeUnknown(SystemFault):
    """The write was sent, but no answer says whether it was done.

    Code `UNANSWERED`: nothing came back, so the vendor may still be at work; `ANSWERED`: it said that it
    failed.
    """

    UNANSWERED, ANSWERED = "unanswered", "server_error"
    default_code = UNANSWERED


class RecordRejected(SystemFault):
    """The vendor (or our own mapping) refuses this record for what it contains."""

    default_code = "rejected"


class RecordSkipped(SystemFault):
    """This record is not meant to go to this destination; nothing is wrong."""

    default_code = "skipped"


class Conflict(SystemFault):
    """Somebody else changed the record at the vendor since we read it."""

    default_code = "conflict"


class ReconnectNeeded(SystemFault):
    """Credentials were refused or lack a permission; calling again would only lock the account."""

    default_code = "reconnect"


class ConfigProblem(SystemFault):
    """An address or setting of the connection is wrong."""

    default_code = "config"
