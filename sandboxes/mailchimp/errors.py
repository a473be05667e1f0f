"""The vendor's errors: problem+json with its titles and texts, raised anywhere and rendered in one place."""

import json
from collections.abc import Iterable
from uuid import UUID, uuid5

from sandboxes.kit import Response

TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"
DESCRIBED_BY = '<https://us6.api.mailchimp.com/schema/3.0/ProblemDetailDocument.json>; rel="describedBy"'
INSTANCES = UUID("5b0c1d6e-7a3f-4e5d-9a1b-2c3d4e5f6a7b")

# A place in the body (or a query parameter) and what is wrong there.
Fault = tuple[str, str]


class Problem(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, title: str, detail: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.faults = list(faults)
        self.headers: list[tuple[str, str]] = []


def render(problem: Problem, number: int) -> Response:
    """Problem number `number` of this sandbox. Every second one lacks `type`, every third has an empty
    `instance`: both were seen on real answers, so nobody may lean on them."""
    document: dict[str, object] = {}
    if number % 2:
        document["type"] = TYPE
    document["title"] = problem.title
    document["status"] = problem.status
    document["detail"] = problem.detail
    document["instance"] = str(uuid5(INSTANCES, str(number))) if number % 3 else ""
    if problem.faults:
        document["errors"] = [{"field": field, "message": message} for field, message in problem.faults]
    body = json.dumps(document).encode("ascii")
    headers = [("Content-Type", "application/problem+json; charset=utf-8"), ("Link", DESCRIBED_BY)]
    return Response(problem.status, body, headers + problem.headers)


def bad_request(detail: str) -> Problem:
    return Problem(400, "Bad Request", detail)


def invalid_resource(
    faults: Iterable[Fault] = (),
    detail: str = "The resource submitted could not be validated. "
    "For field-specific details, see the 'errors' array.",
) -> Problem:
    return Problem(400, "Invalid Resource", detail, faults)


def invalid_merge_fields(faults: Iterable[Fault]) -> Problem:
    return invalid_resource(faults, "Your merge fields were invalid.")


def required(*names: str) -> Problem:
    return invalid_resource([("", f"Required fields were not provided: {', '.join(names)}")])


def json_parse_error() -> Problem:
    return Problem(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.")


def invalid_action() -> Problem:
    return Problem(400, "Invalid Action", "The action requested was not valid for this resource.")


def looks_fake(email: str) -> Problem:
    return Problem(
        400, "Invalid Resource", f"{email} looks fake or invalid, please enter a real email address."
    )


def too_many_signups(email: str) -> Problem:
    detail = f"{email} has signed up to a lot of lists very recently; we're not allowing more signups for now"
    return Problem(400, "Invalid Resource", detail)


def member_exists(email: str) -> Problem:
    detail = f"{email} is already a list member. Use PUT to insert or update list members."
    return Problem(400, "Member Exists", detail)


def in_compliance_state(email: str) -> Problem:
    return Problem(
        400,
        "Member In Compliance State",
        f"{email} is in a compliance state due to unsubscribe, bounce, or compliance review "
        "and cannot be subscribed.",
    )


def forgotten(email: str) -> Problem:
    return Problem(
        400,
        "Forgotten Email Not Subscribed",
        f"{email} was permanently deleted and cannot be re-imported. "
        "The contact must re-subscribe to get back on the list.",
    )


def key_missing() -> Problem:
    return Problem(401, "API Key Missing", "Your request did not include an API key.")


def key_invalid() -> Problem:
    detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
    return Problem(401, "API Key Invalid", detail)


def forbidden() -> Problem:
    return Problem(403, "Forbidden", "You are not permitted to access this resource.")


def user_disabled() -> Problem:
    return Problem(403, "User Disabled", "This account has been deactivated.")


def not_found() -> Problem:
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


def method_not_allowed(allowed: Iterable[str] = ()) -> Problem:
    problem = Problem(
        405,
        "Method Not Allowed",
        "The requested method and resource are not compatible. See the Allow header for this resource's "
        "available methods.",
    )
    problem.headers.append(("Allow", ", ".join(sorted(allowed))))
    return problem


def state_conflict(detail: str) -> Problem:
    return Problem(405, "Method Not Allowed", detail)


def nesting_too_deep() -> Problem:
    return Problem(414, "Resource Nesting Too Deep", "The sub-resource requested is nested too deeply.")


def invalid_method_override() -> Problem:
    return Problem(
        422,
        "InvalidMethodOverride",
        "The X-HTTP-Method-Override header may only be used with the POST method.",
    )


def too_many_connections() -> Problem:
    return Problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")


def too_many_pending_batches() -> Problem:
    return Problem(
        429,
        "Too Many Requests",
        "You have more than 500 pending webhooks. "
        "Please wait for some to complete before adding any more batches.",
    )


def internal() -> Problem:
    return Problem(
        500,
        "Internal Server Error",
        "A deep, internal error has occurred during the processing of your request. Please contact support.",
    )


# The names X-Trigger-Error knows.
BY_NAME = {
    "BadRequest": lambda: bad_request("The request could not be understood."),
    "InvalidResource": invalid_resource,
    "InvalidAction": invalid_action,
    "JSONParseError": json_parse_error,
    "APIKeyMissing": key_missing,
    "APIKeyInvalid": key_invalid,
    "Forbidden": forbidden,
    "UserDisabled": user_disabled,
    "ResourceNotFound": not_found,
    "MethodNotAllowed": method_not_allowed,
    "ResourceNestingTooDeep": nesting_too_deep,
    "InvalidMethodOverride": invalid_method_override,
    "TooManyRequests": too_many_connections,
    "InternalServerError": internal,
}


def named(name: str) -> Problem:
    """The problem the `X-Trigger-Error` header asks for."""
    maker = BY_NAME.get(name)
    return maker() if maker else bad_request(f"There is no error named {name}.")
