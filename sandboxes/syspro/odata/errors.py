"""Refusals in the words of Microsoft's OData library."""

from sandboxes.kit import Response

HEADERS = {
    "Content-Type": "application/json; odata.metadata=minimal; odata.streaming=true",
    "OData-Version": "4.0",
}


class ODataError(Exception):
    """The service refuses; `status` is that of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def response(self) -> Response:
        return Response(self.status, {"error": {"code": "", "message": str(self)}}, HEADERS)


class UnknownColumn(ODataError):
    """There is no such property; some sites drop the filter then and say nothing."""

    def __init__(self, name: str, shape: str) -> None:
        super().__init__(400, f"Could not find a property named '{name}' on type 'SYSPRO.{shape}'.")


def bad_request(message: str) -> ODataError:
    return ODataError(400, message)


def not_found(message: str) -> ODataError:
    return ODataError(404, message)
