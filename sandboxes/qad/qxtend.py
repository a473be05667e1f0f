"""QXtend inbound: takes a QDoc, checks who sends it to whom, and does what its records say."""

from xml.etree import ElementTree as ET

from sandboxes.kit import Fault, Request, Response
from sandboxes.qad import errors, qdoc
from sandboxes.qad.access import Access
from sandboxes.qad.errors import Rejected
from sandboxes.qad.qdoc import Failed, Message, Outcome, Qdoc, SoapFault
from sandboxes.qad.qdoc_fields import Job, read
from sandboxes.qad.qdoc_work import WORKS, Work
from sandboxes.qad.tenant import DOMAINS, WORKSPACES, Domain, Tenant


class QXtend:
    def __init__(self, tenant: Tenant, access: Access) -> None:
        self._tenant = tenant
        self._access = access

    def answer(self, request: Request) -> Response:
        if request.method == "GET" and request.raw_query == "wsdl":
            return Response(200, qdoc.WSDL, qdoc.XML)
        if request.method != "POST":
            return errors.page(405, "HTTP Status 405 - Method Not Allowed")
        try:
            return self._done(qdoc.parse(request), request.fault)
        except SoapFault as fault:
            return fault.response()

    def _done(self, document: Qdoc, fault: Fault | None) -> Response:
        wanted, work = _work_of(document.operation)
        outcome, detail = Outcome(), True
        try:
            detail = not document.flag("suppressResponseDetail")
            self._run(document, wanted, work, outcome, fault)
        except Failed as failure:
            outcome.messages.append(failure.message)
        return qdoc.answer(document.operation, outcome, detail=detail)

    def _run(
        self,
        document: Qdoc,
        wanted: tuple[str, str],
        work: Work,
        outcome: Outcome,
        fault: Fault | None,
    ) -> None:
        kind = "" if fault is None else fault.kind
        domain = self._admitted(document)
        if kind == "business_error" and fault is not None:
            text = fault.text("message", "Record in use by another user")
            raise Failed(fault.text("code", "1024"), text, fault.text("field"))
        whole = document.flag("scopeTransaction")
        document.flag("mnemonicsRaw")
        job = Job(self._tenant, document, domain, outcome)
        holder, element = wanted
        if qdoc.local(document.records) != holder or not len(document.records):
            raise Failed("7010", f"{holder} with at least one {element} is needed.", holder)
        with self._tenant.attempt(keep=kind != "queued"):
            for at, record in enumerate(document.records, start=1):
                if qdoc.local(record) != element:
                    raise Failed("7011", f"{holder} may hold {element} only.", qdoc.local(record))
                _one(job, work, record, at, whole=whole)
        if kind == "warning":
            job.warn("4613", "Document was not printed.", holder)

    def _admitted(self, document: Qdoc) -> Domain:
        """Who sends what to whom; the domain it is for."""
        options, context = self._tenant.options, document.context
        if document.receiver != options.receiver:
            raise Failed("7001", "The receiver is missing or unknown.", "To", document.receiver)
        if context.get("version", "") not in options.qdoc_versions:
            raise Failed("7002", "The version is missing or unknown.", "version", context.get("version", ""))
        login = context.get("username", ""), context.get("password", "")
        if (options.qdoc_login or login[0]) and not self._access.check_login(*login):
            raise Failed("7003", "User ID or password is invalid.", "username")
        separator = context.get("decimalSeparator", ".")
        if separator not in {".", ","}:
            raise Failed(
                "7004", "decimalSeparator must be a point or a comma.", "decimalSeparator", separator
            )
        if not context.get("timeoutLimit", "0").isdigit():
            raise Failed("7005", "timeoutLimit must be a number of seconds.", "timeoutLimit")
        home = WORKSPACES[options.default_workspace].domain.code
        domain = DOMAINS.get(context.get("domain", home))
        if domain is None:
            raise Failed("7006", "The domain does not exist.", "domain", context.get("domain", ""))
        if context.get("entity", domain.entities[0]) not in domain.entities:
            raise Failed("7007", "The entity does not belong to the domain.", "entity", context["entity"])
        return domain


def _work_of(operation: str) -> tuple[tuple[str, str], Work]:
    if operation not in WORKS:
        raise SoapFault(f"no operation {operation} is configured for the receiver")
    return WORKS[operation]


def _one(job: Job, work: Work, record: ET.Element, at: int, *, whole: bool) -> None:
    """One record. Without a transaction around all of them, its failure is its own."""
    name, outcome, done = qdoc.local(record), job.outcome, len(job.outcome.records)
    try:
        # Also undoes a record whose own last line fails.
        with job.tenant.attempt():
            operation, values, nested = read(job, record)
            if operation != "N":
                work(job, operation, values, nested)
    except Rejected as refusal:
        context = f"{name} {at} {refusal.field}"
        outcome.messages.append(Message("error", "16", refusal.message, context, str(refusal.value)))
    except Failed as failure:
        outcome.messages.append(failure.message)
    else:
        return
    del outcome.records[0 if whole else done :]
    if whole:
        raise Failed("7099", "The transaction was rolled back.", f"{name} {at}")
