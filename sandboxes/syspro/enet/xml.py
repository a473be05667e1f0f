"""XML as SYSPRO has it: Windows-1252, exact case coming in, unknown elements ignored."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Literal

from sandboxes.syspro.enet.errors import EnetError, exception

Element = ET.Element
DECLARATION = b'<?xml version="1.0" encoding="Windows-1252"?>\n'

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding=["']([\w-]+)["'][^>]*\?>""")


def parsed(raw: bytes, how: Literal["declared", "utf-8"]) -> Element:
    """Without a declaration it is Windows-1252. What that has no sign for becomes a question mark."""
    declared = _DECLARED.match(raw)
    encoding = declared[1].decode("ascii") if declared and how == "declared" else "cp1252"
    if how == "utf-8":
        encoding = "utf-8"
    body = raw[declared.end() :] if declared else raw
    try:
        text = body.decode(encoding)
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise exception()
        return ET.fromstring(text.encode("cp1252", "replace").decode("cp1252"))  # noqa: S314 - no document type
    except (ET.ParseError, UnicodeDecodeError, LookupError) as error:
        raise EnetError(str(exception())) from error


def written(root: Element, *, lower: bool, hidden: Iterable[str]) -> bytes:
    """The answer. Fields the operator may not see are left out."""
    _leave_out(root, frozenset(hidden))
    if lower:
        for one in root.iter():
            one.tag = one.tag.lower()
    return DECLARATION + ET.tostring(root, encoding="unicode").encode("cp1252", "xmlcharrefreplace")


def _leave_out(element: Element, hidden: frozenset[str]) -> None:
    for child in list(element):
        if child.tag in hidden:
            element.remove(child)
        else:
            _leave_out(child, hidden)


def text_of(element: Element | None, path: str, default: str = "") -> str:
    found = None if element is None else element.find(path)
    return default if found is None else (found.text or "").strip()


def add(parent: Element, name: str, text: str | None = None) -> Element:
    child = ET.SubElement(parent, name)
    child.text = text
    return child


def add_error(parent: Element, number: int, description: str) -> None:
    add(parent, "ErrorNumber", str(number))
    add(parent, "ErrorDescription", description)
