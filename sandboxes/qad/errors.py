"""How a QAD tenant says no: a page, an OAuth error, top-level `errors`, or a 200 that holds the refusal."""

from sandboxes.kit import Response

HTML = {"Content-Type": "text/html;charset=UTF-8"}
PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
LOGIN_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>QAD Enterprise Platform - Sign In</title></head><body>"
    '<form action="j_spring_security_check" method="post"><input name="j_username"/>'
    '<input name="j_password" type="password"/></form></body></html>\n'
)
STACK = (
    "java.lang.IllegalStateException: {0}\n"
    "\tat com.qad.webshell.api.ApiController.handle(ApiController.java:214)\n"
    "\tat org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:197)\n"
)
GATEWAY = {
    429: "429 Too Many Requests",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


class Refused(Exception):
    """A call that is answered with a status of its own."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Rejected(Exception):
    """A record that is refused inside an HTTP 200: which field, and why."""

    def __init__(self, field: str, message: str, value: object = "", code: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.value = value
        self.code = code

    def described(self) -> dict[str, object]:
        return {
            "fieldName": self.field,
            "message": self.message,
            "fieldValue": "" if self.value is None else str(self.value),
            "code": self.code,
        }


def page(status: int, title: str) -> Response:
    return Response(status, PAGE.format(title), HTML)


def not_found_page() -> Response:
    return page(404, "HTTP Status 404 - Not Found")


def top_level(status: int, message: str) -> Response:
    return Response(status, {"errors": [{"message": message, "code": str(status)}]})


def bad_request(message: str) -> Refused:
    return Refused(top_level(400, message))


def forbidden(message: str) -> Refused:
    return Refused(top_level(403, message))


def not_found(message: str) -> Refused:
    return Refused(top_level(404, message))


def method_not_allowed(*allowed: str) -> Refused:
    response = top_level(405, "Method not allowed.")
    response.set_header("Allow", ", ".join(allowed))
    return Refused(response)


def oauth(status: int, error: str, description: str) -> Refused:
    body = {"error": error, "error_description": description}
    return Refused(Response(status, body, {"Cache-Control": "no-store", "Pragma": "no-cache"}))


def unauthorized(description: str) -> Response:
    body = {"error": "invalid_token", "error_description": description}
    challenge = f'Bearer realm="qad", error="invalid_token", error_description="{description}"'
    return Response(401, body, {"WWW-Authenticate": challenge})


def submit_result(*rejections: Rejected) -> dict[str, object]:
    """`success` false comes with HTTP 200."""
    errors = [rejection.described() for rejection in rejections]
    return {"submitResult": {"success": not errors, "errors": errors}}
