"""One call of an MI transaction, and the two ways in which one fails."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandboxes.infor.m3.catalog import Transaction
from sandboxes.kit import Journal

Records = Iterable[Mapping[str, str]]


class Nok(Exception):
    """The program says no: a business error, which comes inside an HTTP 200."""

    def __init__(self, message: str, code: str = "", at: str = "", *, fatal: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = at
        self.kind = "ServerReturnedNOK"
        self.fatal = fatal  # ends a bulk request: what follows cannot work either


class Refused(Exception):
    """The REST layer says no before the program is asked: a 400 with the error at the top level."""

    def __init__(self, message: str, kind: str = "", code: str = "", at: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.code = code
        self.field = at


@dataclass(slots=True)
class MiCall:
    """The values that were sent, blanks left out; company and division are settled and allowed."""

    transaction: Transaction
    values: dict[str, str]
    company: str
    division: str
    journal: Journal
    clear_marker: str = ""

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def given(self, *without: str) -> dict[str, str]:
        """What is to be written; a clear marker has become a blank."""
        marker = self.clear_marker if self.transaction.changes else ""
        return {
            name: "" if marker and value == marker else value
            for name, value in self.values.items()
            if name not in {"CONO", *without}
        }
