"""The API under /3.0: finds the handler, gives it what it needs, turns what it returns into an answer."""

import json
from collections.abc import Mapping
from urllib.parse import unquote

from sandboxes.kit import Clock, Journal, Request, Response, parse_query
from sandboxes.mailchimp import (
    activity,
    batch_subscribe,
    batches,
    campaigns,
    ecommerce_carts,
    ecommerce_customers,
    ecommerce_orders,
    ecommerce_products,
    ecommerce_stores,
    errors,
    lists,
    member_query,
    members,
    merge_fields,
    root,
    segments,
    tags,
    webhooks,
)
from sandboxes.mailchimp.errors import Problem
from sandboxes.mailchimp.fields import project
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route, Router
from sandboxes.mailchimp.state import Account
from sandboxes.mailchimp.times import stamp

ROUTES: list[Route] = [
    route
    for resource in (
        root, lists, merge_fields, members, member_query, batch_subscribe, tags, segments, activity,
        campaigns, webhooks, ecommerce_stores, ecommerce_customers, ecommerce_products, ecommerce_orders,
        ecommerce_carts, batches,
    )
    for route in resource.ROUTES
]  # fmt: skip
ROUTER = Router(ROUTES)


class Api:
    """The API of one account."""

    def __init__(self, account: Account, journal: Journal, clock: Clock) -> None:
        self.account = account
        self.journal = journal
        self.clock = clock

    def answer(self, request: Request) -> Response:
        """The answer to an authenticated request. Raises a Problem where there is none."""
        method = overridden(request)
        path = [] if request.segments == ["3.0"] else request.segments[1:]
        route, params = ROUTER.find(method, path)
        request.template = route.template
        base = f"http://{request.host}/3.0"
        answer = self.run(route, params, request.form_query, request.body, base)
        if answer is None:
            return Response(204)
        body = json.dumps(answer, separators=(",", ":")).encode("ascii")
        return Response(200, body, [("Content-Type", "application/json; charset=utf-8")])

    def tick(self, base: str) -> None:
        """The work the clock owes, before anything is answered."""
        if self.account.batches:
            now = self.clock.now()
            batches.tick(self.account, self._performer(base), stamp(now), now.timestamp())

    def run(
        self, route: Route, params: dict[str, str], query: Mapping[str, list[str]], raw_body: bytes, base: str
    ) -> Answer | None:
        now = self.clock.now()
        op = Operation(
            self.account, self.journal, route.method, query, raw_body, base, stamp(now), now.timestamp(),
            self._performer(base), params,
        )  # fmt: skip
        answer = route.handler(op)
        if answer is not None and route.fields is not None:
            return project(answer, op.one("fields"), op.one("exclude_fields"), route.fields)
        return answer

    def perform(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        """Carries out one call that did not come over the wire: its status and the text of its answer."""
        return self._performer("")(method, path, {}, body)

    def _performer(self, base: str) -> "_Performer":
        return _Performer(self, base)


class _Performer:
    """Carries out the operations of batches."""

    def __init__(self, api: Api, base: str) -> None:
        self._api = api
        self._base = base

    def __call__(
        self, method: str, path: str, query: Mapping[str, list[str]], raw_body: bytes
    ) -> tuple[int, str]:
        plain, _, more = path.partition("?")
        try:
            if not plain.startswith("/") or plain.startswith("/batches"):
                raise errors.not_found()
            found = [unquote(part) for part in plain.strip("/").split("/") if plain != "/"]
            route, params = ROUTER.find(method, found)
            answer = self._api.run(route, params, {**parse_query(more), **query}, raw_body, self._base)
        except Problem as problem:
            return problem.status, errors.render(problem, 1).body.decode("ascii")
        return (204, "") if answer is None else (200, json.dumps(answer))


def overridden(request: Request) -> str:
    override = request.headers.get("x-http-method-override").upper()
    if not override:
        return request.method
    if request.method != "POST":
        raise errors.invalid_method_override()
    return override
