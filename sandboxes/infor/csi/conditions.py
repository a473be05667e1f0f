"""The filter of a load: a fragment of SQL. What is not understood is an error, as to the database."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import translate
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sandboxes.infor.csi.idos import Ido, Property

Values = Mapping[str, str | None]
Test = Callable[[Values], bool]
DATE = "%Y%m%d %H:%M:%S.%f"
_TOKEN = re.compile(r"\s*(?:(N?'(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|(<>|!=|<=|>=|[=<>(),])|([A-Za-z_]\w*))")
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": eq, "<>": ne, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge
}  # fmt: skip
_DATES = (
    DATE,
    "%Y%m%d",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S",
)


class IdoError(Exception):
    """The IDO says no: HTTP 200 with `Success` false."""


def comparable(found: Property, value: str) -> Any:
    """As the database compares: numbers as numbers, text without regard to case or blanks at the end."""
    match found.kind:
        case "Number":
            try:
                return float(value)
            except ValueError as error:
                raise IdoError(f"Error converting data type nvarchar to numeric: {value}") from error
        case "Date":
            return written(date_of(value))
        case "String":
            return value.rstrip(" ").casefold()


def stored(found: Property, value: str) -> Any:
    """The same for what is held already: dates there are written as they sort."""
    return value if found.kind == "Date" else comparable(found, value)


def written(moment: datetime) -> str:
    return moment.strftime(DATE)[:-3]


def date_of(value: str) -> datetime:
    for form in _DATES:
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise IdoError(f"Conversion failed when converting date and/or time from character string: {value}")


def condition(ido: Ido, text: str) -> Test:
    return _Parser(ido, text).whole()


class _Parser:
    def __init__(self, ido: Ido, text: str) -> None:
        self._ido = ido
        self._tokens = _tokens(text)
        self._at = 0

    def whole(self) -> Test:
        test = self._either()
        if self._at < len(self._tokens):
            raise self._wrong()
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._word("or"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._word("and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._word("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._word("("):
            test = self._either()
            self._expect(")")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._next()
        found = self._ido.properties.get(name)
        if found is None:
            raise IdoError(f"Property {name} not found on IDO {self._ido.name}.")
        if self._word("is"):
            wanted = not self._word("not")
            self._expect("null")
            return lambda row: (row.get(name) is None) is wanted
        negated = self._word("not")
        if self._word("like"):
            return _negated(_like(name, self._literal()), negated=negated)
        if self._word("in"):
            return _negated(self._in(name, found), negated=negated)
        sign = _SIGNS.get(self._next())
        if sign is None or negated:
            raise self._wrong()
        wanted_value = comparable(found, self._literal())
        return lambda row: _compared(row.get(name), found, lambda held: sign(held, wanted_value))

    def _in(self, name: str, found: Property) -> Test:
        self._expect("(")
        values = [comparable(found, self._literal())]
        while self._word(","):
            values.append(comparable(found, self._literal()))
        self._expect(")")
        return lambda row: _compared(row.get(name), found, lambda held: held in values)

    def _literal(self) -> str:
        token = self._next()
        if token.startswith(("'", "N'")):
            return token.removeprefix("N")[1:-1].replace("''", "'")
        if re.fullmatch(r"-?\d+(\.\d+)?", token) is None:
            raise self._wrong()
        return token

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise self._wrong()

    def _wrong(self) -> IdoError:
        near = self._tokens[min(self._at, len(self._tokens)) - 1] if self._tokens else ""
        return IdoError(f"Incorrect syntax near '{near}'.")


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise IdoError(f"Incorrect syntax near '{text[at : at + 10]}'.")
        found.append(match[match.lastindex or 0])
        at = match.end()
    return found


def _compared(held: str | None, found: Property, test: Callable[[object], bool]) -> bool:
    """Nothing compares with null."""
    return held is not None and test(stored(found, held))


def _like(name: str, pattern: str) -> Test:
    wild = (
        pattern.replace("[", "[[]")
        .replace("*", "[*]")
        .replace("?", "[?]")
        .replace("%", "*")
        .replace("_", "?")
    )
    wanted = re.compile(translate(wild.casefold()))
    return lambda row: (
        wanted.match((row.get(name) or "").casefold()) is not None and row.get(name) is not None
    )


def _negated(test: Test, *, negated: bool) -> Test:
    return (lambda row: not test(row)) if negated else test
