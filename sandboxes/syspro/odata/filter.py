"""Turns a `$filter` into a condition on stored rows, typed as strictly as Microsoft's library does."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandboxes.syspro.odata.errors import ODataError, UnknownColumn, bad_request
from sandboxes.syspro.odata.functions import CONDITIONS, VALUES
from sandboxes.syspro.odata.lexer import T, Token, syntax_error, tokens
from sandboxes.syspro.schema import Kind, Shape
from sandboxes.syspro.selection import Bound, Condition, both, either, negated
from sandboxes.syspro.store import Values

MAX_DEPTH = 60
_COMPARISONS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("Equal", operator.eq),
    "ne": ("NotEqual", operator.ne),
    "gt": ("GreaterThan", operator.gt),
    "ge": ("GreaterThanOrEqual", operator.ge),
    "lt": ("LessThan", operator.lt),
    "le": ("LessThanOrEqual", operator.le),
}
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq"}
_NUMBERS = frozenset({Kind.NUMBER, Kind.WHOLE})


@dataclass(frozen=True, slots=True)
class Expression:
    """A value of every row. `at` is the column's place, `constant` a literal's value; a null has no kind."""

    kind: Kind | None
    get: Callable[[Values], Any]
    at: int | None = None
    constant: Any = None
    condition: Condition | None = None


def parse_filter(text: str, shape: Shape) -> Condition:
    return _Parser(text, shape).whole()


class _Parser:
    """Recursive descent: or, and, not, comparison, primary."""

    def __init__(self, text: str, shape: Shape) -> None:
        self._text = text
        self._shape = shape
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        found = self._condition(self._or())
        if self._token.type is not T.END:
            raise self._syntax()
        return found

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _word(self, *words: str) -> str:
        token = self._token
        if token.type is not T.NAME or token.text not in words:
            return ""
        self._at += 1
        return token.text

    def _or(self) -> Expression:
        left = self._and()
        while self._word("or"):
            left = _as_expression(either(self._condition(left), self._condition(self._and())))
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self._word("and"):
            left = _as_expression(both(self._condition(left), self._condition(self._not())))
        return left

    def _not(self) -> Expression:
        if self._word("not"):
            return _as_expression(negated(self._condition(self._not())))
        left = self._primary()
        word = self._word(*_COMPARISONS)
        if not word:
            return left
        return _as_expression(_compared(word, left, self._primary()))

    def _primary(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise bad_request("The node count limit of '100' has been exceeded.")
        token = self._token
        self._at += 1
        match token.type, token.text:
            case T.PUNCTUATION, "(":
                found = self._or()
                self._expect(")")
            case T.NAME, "null":
                found = Expression(None, lambda _values: None)
            case T.NAME, ("true" | "false") as text:
                found = _literal(Kind.FLAG, text == "true")
            case T.NAME, name:
                is_call = self._token.text == "(" and self._token.type is T.PUNCTUATION
                found = self._call(name) if is_call else self._column(name)
            case ((T.TEXT | T.MOMENT | T.DATE | T.NUMBER), _):
                found = _read(token)
            case _:
                raise syntax_error(self._text, token.at)
        self._depth -= 1
        return found

    def _column(self, name: str) -> Expression:
        column = self._shape.columns.get(name)
        if column is None:
            raise UnknownColumn(name, self._shape.name)
        return Expression(column.kind, operator.itemgetter(column.at), at=column.at)

    def _call(self, name: str) -> Expression:
        self._expect("(")
        arguments = [self._or()]
        while self._token.text == "," and self._token.type is T.PUNCTUATION:
            self._at += 1
            arguments.append(self._or())
        self._expect(")")
        if name in CONDITIONS and _kinds(arguments) == [Kind.TEXT, Kind.TEXT]:
            test = CONDITIONS[name]
            text, part = (argument.get for argument in arguments)
            return _as_expression(Condition(lambda values: test(text(values) or "", part(values) or "")))
        if name in VALUES:
            wanted, given, work = VALUES[name]
            if len(arguments) == 1 and arguments[0].kind in wanted:
                get = arguments[0].get
                return Expression(given, lambda values: None if get(values) is None else work(get(values)))
        if name in CONDITIONS or name in VALUES:
            raise bad_request(
                f"No function signature for the function with name '{name}' matches the arguments."
            )
        raise bad_request(f"An unknown function with name '{name}' was found.")

    def _condition(self, expression: Expression) -> Condition:
        if expression.condition is None:
            raise bad_request("The $filter expression must evaluate to a single boolean value.")
        return expression.condition

    def _expect(self, text: str) -> None:
        token = self._token
        if token.type is not T.PUNCTUATION or token.text != text:
            raise self._syntax()
        self._at += 1

    def _syntax(self) -> ODataError:
        return syntax_error(self._text, self._token.at)


def _kinds(arguments: list[Expression]) -> list[Kind | None]:
    return [argument.kind for argument in arguments]


def _as_expression(condition: Condition) -> Expression:
    return Expression(Kind.FLAG, condition.test, condition=condition)


def _literal(kind: Kind, value: Any) -> Expression:
    return Expression(kind, lambda _values: value, constant=value)


def _read(token: Token) -> Expression:
    text = token.text
    try:
        match token.type:
            case T.TEXT:
                return _literal(Kind.TEXT, text[1:-1].replace("''", "'"))
            case T.NUMBER:
                return _literal(Kind.NUMBER if "." in text else Kind.WHOLE, Decimal(text))
            case T.DATE:
                day = date.fromisoformat(text)
                return _literal(Kind.DATE, datetime(day.year, day.month, day.day, tzinfo=UTC))
            case _:
                return _literal(Kind.MOMENT, datetime.fromisoformat(text).astimezone(UTC))
    except ValueError as error:
        raise bad_request(f"Unrecognized '{text}' literal.") from error


def _compared(word: str, left: Expression, right: Expression) -> Condition:
    name, compare = _COMPARISONS[word]
    alike = left.kind is right.kind or (left.kind in _NUMBERS and right.kind in _NUMBERS)
    ordered = word in {"eq", "ne"} or left.kind not in {Kind.BINARY, Kind.FLAG}
    if None not in {left.kind, right.kind} and not (alike and ordered):
        raise bad_request(
            "A binary operator with incompatible types was detected. Found operand types "
            f"'{left.kind}' and '{right.kind}' for operator kind '{name}'."
        )
    first, second = left.get, right.get

    def test(values: Values) -> bool:
        one, other = first(values), second(values)
        if one is None or other is None:
            # null is neither above nor below anything; `ne` a value it is, as C# has it.
            return compare(one, other) if word in {"eq", "ne"} else False
        return compare(one, other)

    return Condition(test, _bounds(word, left, right))


def _bounds(word: str, left: Expression, right: Expression) -> tuple[Bound, ...]:
    if word not in _MIRRORED:
        return ()
    if left.at is not None and right.constant is not None:
        return (Bound(left.at, word, right.constant),)
    if right.at is not None and left.constant is not None:
        return (Bound(right.at, _MIRRORED[word], left.constant),)
    return ()
