"""Key predicates: `(OrderNo='P1',LineNo='1')`, named, complete, typed."""

import re
from collections.abc import Mapping

from sandboxes.ifs_cloud.errors import OdpError, bad_request
from sandboxes.ifs_cloud.odata.lexer import tokens
from sandboxes.ifs_cloud.odata.literals import Language, literal
from sandboxes.ifs_cloud.odata.nodes import Literal
from sandboxes.ifs_cloud.schema import Attribute, EntityType, Kind

SEGMENT = re.compile(r"(?P<name>[A-Za-z_$][\w.$]*)(?:\((?P<key>.*)\))?", re.DOTALL)
_PAIR = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>(?:[A-Za-z_][\w.]*)?'(?:[^']|'')*'|[^,'()]+)(?:,|\Z)")


def key_of(text: str, entity: EntityType, language: Language) -> dict[str, object]:
    """The key by attribute name. The short form without names is refused: IFS's own material always names."""
    found: dict[str, object] = {}
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or pair["name"] in found:
            raise _malformed(entity)
        at = pair.end()
        attribute = entity.by_name.get(pair["name"])
        if attribute is None or attribute.name not in entity.key:
            raise bad_request(f"'{pair['name']}' is no key property of '{entity.name}'.")
        found[attribute.name] = _value(pair["value"], attribute, language)
    if text.endswith(",") or set(found) != set(entity.key):
        raise _malformed(entity)
    return found


def _value(text: str, attribute: Attribute, language: Language) -> object:
    first, *rest = tokens(text)
    constant = literal(first, language) if len(rest) == 1 else None
    if constant is None or not _fits(constant, attribute):
        raise bad_request(f"The value of the key property '{attribute.name}' is invalid.")
    if attribute.kind is Kind.WHOLE:
        return int(str(constant.value))
    return constant.value


def _fits(constant: Literal, attribute: Attribute) -> bool:
    match attribute.kind:
        case Kind.WHOLE:
            return constant.kind is Kind.NUMBER and "." not in str(constant.value)
        case Kind.ENUM:
            return constant.kind is Kind.ENUM and constant.enum == attribute.enum
        case kind:
            return constant.kind is kind


def _malformed(entity: EntityType) -> OdpError:
    return bad_request(f"The key of '{entity.name}' must name each of {', '.join(entity.key)} once.")


def shown(key: Mapping[str, object]) -> str:
    """A key for messages and for the journal."""
    return ",".join(f"{name}={value}" for name, value in key.items())
