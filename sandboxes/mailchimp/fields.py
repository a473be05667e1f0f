"""`fields` and `exclude_fields`: which part of an answer is wanted.

Every readable resource declares its shape, because the vendor refuses a field it does not know even
where the collection is empty.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from sandboxes.mailchimp.errors import bad_request

Shape = Mapping[str, object]  # name -> None (a plain value), OPEN, or the shape of what is inside
Tree = dict[str, "Tree"]

OPEN: Final = "open"


def shape(names: str = "", /, **inner: object) -> Shape:
    return {**dict.fromkeys(names.split()), **inner}


def project(answer: dict[str, object], fields: str, excluded: str, known: Shape) -> dict[str, object]:
    if fields and excluded:
        raise bad_request("The fields and exclude_fields parameters may not be used together.")
    if fields:
        return _only(answer, _tree(fields, _Hashable(known)))
    if excluded:
        return _without(answer, _tree(excluded, _Hashable(known)))
    return answer


class _Hashable:
    """A shape by identity, so that a parsed list of fields can be remembered."""

    def __init__(self, known: Shape) -> None:
        self.known = known

    def __hash__(self) -> int:
        return id(self.known)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable) and other.known is self.known


@lru_cache(maxsize=256)
def _tree(paths: str, known: _Hashable) -> Tree:
    tree: Tree = {}
    for path in paths.split(","):
        place = tree
        inside: object = known.known
        for name in path.strip().split("."):
            inside = _step(inside, name, path)
            place = place.setdefault(name, {})
    return tree


def _step(inside: object, name: str, path: str) -> object:
    if inside == OPEN:
        return OPEN
    if not isinstance(inside, Mapping) or name not in inside:
        raise bad_request(f"The field {path} is not part of this resource.")
    return inside[name]


def _only(value: dict[str, object], tree: Tree) -> dict[str, object]:
    return {name: _narrow(value[name], inner) for name, inner in tree.items() if name in value}


def _narrow(value: object, tree: Tree) -> object:
    if not tree:
        return value
    if type(value) is dict:
        return _only(value, tree)
    if type(value) is list:
        return [_narrow(entry, tree) for entry in value]
    return value


def _without(value: dict[str, object], tree: Tree) -> dict[str, object]:
    return {
        name: _trim(inner, tree[name]) if name in tree else inner
        for name, inner in value.items()
        if name not in tree or tree[name]
    }


def _trim(value: object, tree: Tree) -> object:
    if type(value) is dict:
        return _without(value, tree)
    if type(value) is list:
        return [_trim(entry, tree) for entry in value]
    return value
