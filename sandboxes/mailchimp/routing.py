"""From a method and a path to the handler, and the vendor's errors where there is none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandboxes.mailchimp.errors import method_not_allowed, nesting_too_deep, not_found
from sandboxes.mailchimp.fields import Shape
from sandboxes.mailchimp.operation import Answer, Operation

Handler = Callable[[Operation], Answer | None]


@dataclass(frozen=True, slots=True)
class Route:
    """`fields` is the shape of a readable resource; without one the fields parameters mean nothing."""

    method: str
    path: str
    handler: Handler
    fields: Shape | None = None
    template: str = ""


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    parameter: str = ""
    below: "_Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        return not self.children and self.below is None


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, segments: list[str]) -> tuple[Route, dict[str, str]]:
        node, params = self._root, {}
        for segment in segments:
            child = node.children.get(segment)
            if child is None:
                if node.is_leaf:
                    raise nesting_too_deep()
                if node.below is None or not segment:
                    raise not_found()
                child = node.below
                params[node.parameter] = segment
            node = child
        if not node.routes:
            raise not_found()
        route = node.routes.get(method)
        if route is None:
            raise method_not_allowed(node.routes)
        return route, params

    def _add(self, route: Route) -> None:
        node, template = self._root, "/3.0"
        for segment in route.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = segment.strip("{}")
                node.below = node.below or _Node()
                node = node.below
                template += "/*"
            elif segment:
                node = node.children.setdefault(segment, _Node())
                template += f"/{segment}"
        node.routes[route.method] = Route(route.method, route.path, route.handler, route.fields, template)
