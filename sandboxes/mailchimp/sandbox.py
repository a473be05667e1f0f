"""The pretend Mailchimp: one account with its API, OAuth pages and webhooks on one port."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields
from itertools import count
from uuid import uuid5

from sandboxes.kit import Clock, Fault, Mutation, Request, Response, Sandbox
from sandboxes.mailchimp import batch_results, control, defaults, errors, oauth
from sandboxes.mailchimp.access import EXCEPTIONAL, MOST_CONNECTIONS, Gate, check_access
from sandboxes.mailchimp.api import Api
from sandboxes.mailchimp.errors import INSTANCES, Problem
from sandboxes.mailchimp.oauth import Application
from sandboxes.mailchimp.state import Account
from sandboxes.mailchimp.webhook_sender import Sender


class Mailchimp(Sandbox):
    name = "mailchimp"
    # `empty_page`: a collection comes back without its rows, and with its total.
    # `not_saved`: a write is answered as usual, and nothing of it is kept.
    fault_kinds = frozenset({"empty_page", "not_saved"})

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.gate = Gate()
        self.sender = Sender(self.clock)
        self.rebuild()

    def rebuild(self) -> None:
        self.account = defaults.account()
        self.app = defaults.application()
        self.api = Api(self.account, self.journal, self.clock)
        self.gate.clear()
        self.sender.reset()
        self._requests = count(1)
        self._problems = count(1)

    def memory(self) -> object:
        return self.account, self.app

    def remember(self, memory: object) -> None:
        match memory:
            case (Account() as account, Application() as app):
                self.account, self.app = account, app
                self.api = Api(self.account, self.journal, self.clock)
            case _:
                raise TypeError("this is no memory of a Mailchimp sandbox")

    def respond(self, request: Request) -> Response:
        number = next(self._requests)
        response = self._through_the_gate(request) if is_api(request) else super().respond(request)
        response.set_header("X-Request-Id", str(uuid5(INSTANCES, f"request {number}")))
        self.sender.kick()
        return response

    def handle(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Problem as problem:
            return self._render(problem)
        finally:
            self.sender.collect(self.account.audiences.values())

    def error_response(self, status: int, request: Request, fault: Fault) -> Response:
        if fault.flag("empty"):  # as at exceptional volume
            return Response(status)
        known = {
            400: lambda: errors.bad_request("The request could not be understood."),
            401: errors.key_invalid,
            403: errors.forbidden,
            404: errors.not_found,
            405: errors.method_not_allowed,
            429: errors.too_many_connections,
            500: errors.internal,
        }
        if status in known:
            return self._render(known[status]())
        message = fault.text("message", "Please try again later.")
        return self._render(Problem(status, "Service Unavailable", message))

    def vendor_fault(self, request: Request, fault: Fault) -> Response:
        if fault.kind == "not_saved":
            return self._forgetfully(request)
        response = self.work(request)
        if request.method == "GET" and response.status == 200:
            answer = json.loads(response.body)
            if "total_items" in answer:
                lists = [name for name, value in answer.items() if isinstance(value, list)]
                answer |= {name: [] for name in lists if name != "_links"}
                response.body = json.dumps(answer).encode("ascii")
        return response

    def _forgetfully(self, request: Request) -> Response:
        with self.lock:
            before = deepcopy(self.account)
            try:
                return self.handle(request)
            finally:
                for held in fields(Account):
                    setattr(self.account, held.name, getattr(before, held.name))

    def state(self, collection: str = "", key: str = "") -> object:
        return control.state(self, collection, key)

    def mutations(self) -> Mapping[str, Mutation]:
        return control.mutations(self)

    def mutate(self, action: str, **arguments: object) -> object:
        result = super().mutate(action, **arguments)
        with self.lock:
            self.sender.collect(self.account.audiences.values())
        self.sender.deliver_asked()
        self.sender.kick()
        return result

    def _through_the_gate(self, request: Request) -> Response:
        """Ten calls of one user at once, the rest is turned away; far above that, without a word."""
        taken, lingering = self.gate.enter(), 0.0
        try:
            if taken <= MOST_CONNECTIONS:
                response = super().respond(request)
                # Whoever gives up waiting does not free the place.
                lingering = response.wire.hang if response.wire else 0.0
                return response
            refusal = Response(429) if taken > EXCEPTIONAL else self._render(errors.too_many_connections())
            self.journal.record(request, refusal, self.clock.timestamp())
            return refusal
        finally:
            self.gate.leave(lingering)

    def _answer(self, request: Request) -> Response:
        now = self.clock.timestamp()
        match request.segments[0]:
            case "3.0":
                return self._api_answer(request)
            case "oauth2":
                return oauth.handle(self.app, self.account, request, now)
            case batch_results.PATH:
                return batch_results.fetch(self.account, request, now)
            case _:
                raise errors.not_found()

    def _api_answer(self, request: Request) -> Response:
        wanted = request.headers.get("x-trigger-error")
        if wanted:
            raise errors.named(wanted)
        authorization = request.headers.get("authorization")
        check_access(self.account, self.app.tokens, authorization, request.method)
        self.api.tick(f"http://{request.host}/3.0")
        return self.api.answer(request)

    def _render(self, problem: Problem) -> Response:
        return errors.render(problem, next(self._problems))


def is_api(request: Request) -> bool:
    return request.segments[0] == "3.0"
