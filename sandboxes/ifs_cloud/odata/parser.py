"""Parses `$filter` into typed nodes, refusing what IFS's provider refuses."""

from collections.abc import Callable

from sandboxes.ifs_cloud.errors import OdpError, bad_request, not_implemented
from sandboxes.ifs_cloud.odata.functions import is_known, signature
from sandboxes.ifs_cloud.odata.lexer import T, Token, syntax_error, tokens
from sandboxes.ifs_cloud.odata.literals import Language, literal
from sandboxes.ifs_cloud.odata.nodes import (
    Arithmetic,
    Call,
    Compare,
    Junction,
    Literal,
    Negation,
    Node,
    Value,
)
from sandboxes.ifs_cloud.schema import EntityType, Kind

MAX_DEPTH = 60
COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
NUMERIC = frozenset({Kind.WHOLE, Kind.NUMBER})


def parse_filter(text: str, entity: EntityType, language: Language) -> Node:
    return _Parser(text, entity, language).whole()


class _Parser:
    """Recursive descent: or, and, comparison, sum, product, unary, primary."""

    def __init__(self, text: str, entity: EntityType, language: Language) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0
        self._entity = entity
        self._language = language

    def whole(self) -> Node:
        node = self._junction("or")
        if self._token.type is not T.END:
            raise self._syntax()
        return _condition(node)

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _operator(self, *names: str) -> str:
        """The operator that comes next, if it is one of these and has its blanks."""
        token = self._token
        if token.type is not T.NAME or token.text not in names:
            return ""
        if not token.spaced or not self._tokens[self._at + 1].spaced:
            raise self._syntax()
        self._at += 1
        return token.text

    def _junction(self, operator: str) -> Node:
        operand = self._and if operator == "or" else self._comparison
        first = operand()
        parts = [first]
        while self._operator(operator):
            parts.append(operand())
        if len(parts) == 1:
            return first
        return Junction(operator, tuple(_condition(part) for part in parts))

    def _and(self) -> Node:
        return self._junction("and")

    def _comparison(self) -> Node:
        left = self._sum()
        if self._operator("in", "has"):
            raise not_implemented("The operator 'in' or 'has'")
        operator = self._operator(*COMPARISONS)
        if not operator:
            return left
        right = self._sum()
        return _compared(operator, left, right)

    def _sum(self) -> Node:
        return self._calculation(self._product, "add", "sub")

    def _product(self) -> Node:
        return self._calculation(self._unary, "mul", "div", "mod")

    def _calculation(self, operand: Callable[[], Node], *operators: str) -> Node:
        left = operand()
        while operator := self._operator(*operators):
            if operator == "mod":
                raise not_implemented("The operator 'mod'")
            right = operand()
            if left.kind not in NUMERIC or right.kind not in NUMERIC:
                raise bad_request(f"'{operator}' needs two numbers.")
            left = Arithmetic(operator, left, right)
        return left

    def _unary(self) -> Node:
        token = self._token
        if token.type is T.NAME and token.text == "not":
            if not self._tokens[self._at + 1].spaced:
                raise self._syntax()
            self._at += 1
            return Negation(_condition(self._primary()))
        return self._primary()

    def _primary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise bad_request("The filter is nested too deeply.")
        try:
            return self._nested()
        finally:
            self._depth -= 1

    def _nested(self) -> Node:
        token = self._token
        if token.text == "(" and token.type is T.PUNCTUATION:
            self._at += 1
            node = self._junction("or")
            self._expect(")")
            return node
        constant = literal(token, self._language)
        if constant is not None:
            self._at += 1
            return constant
        if token.type is not T.NAME:
            raise self._syntax()
        self._at += 1
        if self._token.text == "(" and not self._token.spaced:
            return self._call(token.text)
        return self._value(token.text)

    def _value(self, name: str) -> Node:
        if "/" in name or "$" in name or "@" in name:
            raise not_implemented(f"The path '{name}'")
        attribute = self._entity.by_name.get(name)
        if attribute is None:
            raise bad_request(f"The property '{name}' is not defined in type '{self._entity.name}'.")
        if name in self._language.unfilterable:
            raise bad_request(f"The property '{name}' cannot be used in a filter.")
        return Value(attribute)

    def _call(self, name: str) -> Node:
        if not is_known(name):  # any and all among them
            raise not_implemented(f"The function '{name}'")
        if name in self._language.refused_functions:
            raise bad_request(f"The function '{name}' is not allowed here.")
        self._expect("(")
        if name == "cast":
            return self._cast()
        arguments: list[Node] = []
        while self._token.text != ")":
            if arguments:
                self._expect(",")
            arguments.append(self._sum())
        self._expect(")")
        return Call(name, tuple(arguments), signature(name, arguments))

    def _cast(self) -> Node:
        value = self._sum()
        self._expect(",")
        if self._token.text != "Edm.String":
            raise not_implemented("A cast to anything but Edm.String")
        self._at += 1
        self._expect(")")
        return Call("cast", (value,), Kind.TEXT)

    def _expect(self, text: str) -> None:
        token = self._token
        if token.type is not T.PUNCTUATION or token.text != text:
            raise self._syntax()
        self._at += 1

    def _syntax(self) -> OdpError:
        return syntax_error(self._text, self._token.at)


def _condition(node: Node) -> Node:
    if node.kind is not Kind.FLAG:
        raise bad_request("The expression is no condition.")
    return node


def _compared(operator: str, left: Node, right: Node) -> Node:
    """Olingo compares like with like: no text with an enumeration, no timestamp with a date."""
    if left.kind is None or right.kind is None:
        if operator not in {"eq", "ne"}:
            raise bad_request("null can only be compared by eq and ne.")
        return Compare(operator, left, right)
    alike = left.kind is right.kind or (left.kind in NUMERIC and right.kind in NUMERIC)
    if not alike or (left.kind is Kind.ENUM and _enum_of(left) != _enum_of(right)):
        raise bad_request(f"The types '{_shown(left)}' and '{_shown(right)}' are not compatible.")
    if left.kind is Kind.ENUM and operator not in {"eq", "ne"}:
        raise bad_request("Enumerations can only be compared by eq and ne.")
    return Compare(operator, left, right)


def _enum_of(node: Node) -> str:
    match node:
        case Literal():
            return node.enum
        case Value():
            return node.attribute.enum
        case _:
            return ""


def _shown(node: Node) -> str:
    return _enum_of(node) or str(node.kind)
