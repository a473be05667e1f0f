"""/batches: many operations submitted at once and carried out later, one batch at a time.

Progress is deterministic: a batch takes a step for every look at /batches and for every ten seconds of
the clock. pending -> preprocessing -> started (once per 1,000 operations) -> finalizing -> finished.
"""

import json
from collections.abc import Mapping
from random import Random

from sandboxes.mailchimp.batch_results import result_url
from sandboxes.mailchimp.errors import not_found, too_many_pending_batches
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.operation import LARGEST_COUNT, Answer, Operation, Perform
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.schema import anything, array, mapping, plain_text, record, text
from sandboxes.mailchimp.state import Account, Batch, Submitted
from sandboxes.mailchimp.times import unix

MOST_PENDING = 500
SECONDS_PER_STEP = 10
OPERATIONS_PER_STEP = 1000
KEPT_SECONDS = 7 * 24 * 3600

BATCH: Shape = shape(
    "id status total_operations finished_operations errored_operations submitted_at completed_at "
    "response_body_url",
    _links=OPEN,
)
# A body that is no text is taken here and fails when its turn comes.
SUBMISSION = record(
    {
        "operations": array(
            record(
                {
                    "method": text(enum=("GET", "POST", "PUT", "PATCH", "DELETE")),
                    "path": plain_text,
                    "operation_id": plain_text,
                    "params": mapping(anything),
                    "body": anything,
                },
                ("method", "path"),
            )
        )
    },
    ("operations",),
)


def post_batch(op: Operation) -> Answer:
    body = op.body(SUBMISSION)
    if sum(1 for one in op.account.batches.values() if one.status == "pending") >= MOST_PENDING:
        raise too_many_pending_batches()
    operations = body["operations"]
    batch = Batch(f"{op.account.number():010x}", "pending", op.now, [], op.unix)
    batch.operations = list(operations) if isinstance(operations, list) else []
    op.account.batches[batch.id] = batch
    return _view(op, batch)


def list_batches(op: Operation) -> Answer:
    step(op.account, op.perform, op.now, op.unix)
    found = [one for one in op.account.batches.values() if unix(one.submitted_at) > op.unix - KEPT_SECONDS]
    return {
        "batches": [_view(op, batch) for batch in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("batches"),
    }


def get_batch(op: Operation) -> Answer:
    batch = _known(op)
    step(op.account, op.perform, op.now, op.unix)
    return _view(op, batch)


def delete_batch(op: Operation) -> None:
    """Stops it. What it did stays done, and cannot be asked for any more."""
    del op.account.batches[_known(op).id]


def tick(account: Account, perform: Perform, now: str, seconds: float) -> None:
    """The steps the clock owes."""
    running = _running(account)
    while running is not None and seconds - running.stepped_at >= SECONDS_PER_STEP:
        _take_step(running, perform, now, running.stepped_at + SECONDS_PER_STEP)
        following = _running(account)
        if following is not None and following is not running:
            following.stepped_at = max(following.stepped_at, running.stepped_at)
        running = following


def step(account: Account, perform: Perform, now: str, seconds: float) -> None:
    running = _running(account)
    if running is not None:
        _take_step(running, perform, now, seconds)


def _running(account: Account) -> Batch | None:
    """Only the oldest unfinished batch moves; the others wait for it."""
    return next((one for one in account.batches.values() if one.status != "finished"), None)


def _take_step(batch: Batch, perform: Perform, now: str, seconds: float) -> None:
    batch.stepped_at = seconds
    match batch.status:
        case "pending":
            batch.status, batch.total = "preprocessing", len(batch.operations)
            Random(batch.id).shuffle(batch.operations)  # noqa: S311 - the order is not promised, and is not kept
        case "preprocessing" | "started":
            batch.status = "started"
            due, batch.operations = (
                batch.operations[:OPERATIONS_PER_STEP],
                batch.operations[OPERATIONS_PER_STEP:],
            )
            for submitted in due:
                _carry_out(batch, submitted, perform)
            if not batch.operations:
                batch.status = "finalizing"
        case "finalizing":
            batch.status, batch.completed_at = "finished", now
        case _:
            raise ValueError(batch.status)


def _carry_out(batch: Batch, submitted: Submitted, perform: Perform) -> None:
    method, path = submitted["method"], submitted["path"]
    query = {name: [_query_text(value)] for name, value in submitted.get("params", {}).items()}
    body = submitted.get("body", "")
    # Anything but a text is not the JSON it should hold.
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else b"\xff"
    if method != "GET" or "count" in query:
        _keep(batch, submitted, *perform(method, path, query, raw))
        return
    # A collection asked for without a count is fetched whole, every page an operation of its own.
    offset, total = 0, 1
    while offset < total:
        page: Mapping[str, list[str]] = {**query, "count": [str(LARGEST_COUNT)], "offset": [str(offset)]}
        status, answer = perform(method, path, page, raw)
        batch.total += offset > 0
        _keep(batch, submitted, status, answer)
        parsed = json.loads(answer) if status == 200 else {}
        total, offset = int(parsed.get("total_items", 0)), offset + LARGEST_COUNT


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keep(batch: Batch, submitted: Submitted, status: int, answer: str) -> None:
    batch.finished += 1
    batch.errored += status >= 400
    batch.results.append(
        {"status_code": status, "operation_id": submitted.get("operation_id", ""), "response": answer}
    )


def _known(op: Operation) -> Batch:
    batch = op.account.batches.get(op.params["batch_id"])
    if batch is None or unix(batch.submitted_at) <= op.unix - KEPT_SECONDS:
        raise not_found()
    return batch


def _view(op: Operation, batch: Batch) -> Answer:
    done = batch.status == "finished"
    return {
        "id": batch.id,
        "status": batch.status,
        "total_operations": batch.total,
        "finished_operations": batch.finished,
        "errored_operations": batch.errored,
        "submitted_at": batch.submitted_at,
        "completed_at": batch.completed_at,
        "response_body_url": result_url(op.base, batch.id, op.unix) if done else "",
        "_links": op.links("batches", batch.id),
    }


ROUTES = [
    Route("GET", "/batches", list_batches, shape("total_items", batches=BATCH, _links=OPEN)),
    Route("POST", "/batches", post_batch),
    Route("GET", "/batches/{batch_id}", get_batch, BATCH),
    Route("DELETE", "/batches/{batch_id}", delete_batch),
]
