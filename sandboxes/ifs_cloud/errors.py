"""Errors as the OData provider words them: `{"error": {"code", "message", "details"}}`.

The codes seen in public are ODP_DESERIALIZATION_ERROR, ODP_MISSING_PRECONDITION, ODP_RESOURCE_NOTFOUND,
ODP_NOT_IMPLEMENTED, CSRF_ERROR and MI_MODIFIED_ERROR. The others here are unconfirmed; a client must not lean
on them.
"""

from sandboxes.kit import Response

HEADERS = {"Content-Type": "application/json;odata.metadata=minimal", "OData-Version": "4.0"}


class OdpError(Exception):
    """A request the provider refuses."""

    def __init__(self, status: int, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail

    def response(self) -> Response:
        details = [{"code": self.code, "message": self.detail}] if self.detail else []
        error = {"code": self.code, "message": self.message, "details": details}
        return Response(self.status, {"error": error}, HEADERS)


def bad_request(message: str) -> OdpError:
    return OdpError(400, "ODP_BAD_REQUEST", message)


def not_deserialized(detail: str) -> OdpError:
    return OdpError(400, "ODP_DESERIALIZATION_ERROR", "Error while de-serializing contents.", detail)


def forbidden(message: str) -> OdpError:
    return OdpError(403, "ODP_FORBIDDEN", message)


def not_found(message: str) -> OdpError:
    return OdpError(404, "ODP_RESOURCE_NOTFOUND", message)


def method_not_allowed(method: str) -> OdpError:
    return OdpError(405, "ODP_METHOD_NOT_ALLOWED", f"{method} is not allowed here.")


def not_implemented(what: str) -> OdpError:
    return OdpError(501, "ODP_NOT_IMPLEMENTED", f"{what} is not implemented.")


def missing_precondition(status: int) -> OdpError:
    return OdpError(status, "ODP_MISSING_PRECONDITION", "The If-Match header is missing.")


def stale(status: int) -> OdpError:
    return OdpError(status, "ODP_PRECONDITION_FAILED", "The object has been modified by another user.")


def business_rule(detail: str) -> OdpError:
    """What the database layer raises: always 500, one record in `details`."""
    return OdpError(500, "DATABASE_ERROR", "Database error occurred. Contact administrator.", detail)
