"""Where the results of a batch are fetched: a pre-signed address, good for 10 minutes."""

import gzip
import hmac
import io
import json
import tarfile
from urllib.parse import urlsplit

from sandboxes.kit import Request, Response
from sandboxes.mailchimp.state import Account, Batch

PATH = "batch-results"
VALID_SECONDS = 600
RESULTS_PER_FILE = 50
_KEY = b"the storage's, not the account's"


def result_url(base: str, batch_id: str, now: float) -> str:
    parts, expires = urlsplit(base), str(int(now) + VALID_SECONDS)
    place = f"{parts.scheme}://{parts.netloc}/{PATH}/{batch_id}-response.tar.gz"
    return f"{place}?X-Goog-Expires={expires}&X-Goog-Signature={_sign(batch_id, expires)}"


def fetch(account: Account, request: Request, now: float) -> Response:
    """The address itself is the permission: no header is asked for, and none is looked at."""
    batch_id = request.segments[-1].removesuffix("-response.tar.gz")
    expires = "".join(request.query.get("X-Goog-Expires", []))
    signature = "".join(request.query.get("X-Goog-Signature", []))
    if request.method != "GET" or not hmac.compare_digest(_sign(batch_id, expires), signature):
        return _refusal(403, "SignatureDoesNotMatch", "Access denied.")
    if now > int(expires):
        return _refusal(400, "ExpiredToken", "The provided token has expired.")
    batch = account.batches.get(batch_id)
    if batch is None:
        return _refusal(404, "NoSuchKey", "The specified key does not exist.")
    return Response(200, archive(batch), {"Content-Type": "application/x-gzip"})


def archive(batch: Batch) -> bytes:
    """A gzipped tar of a folder of JSON files, each an array of some of the results."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        folder = tarfile.TarInfo(batch.id)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(folder)
        for number, start in enumerate(range(0, len(batch.results), RESULTS_PER_FILE)):
            content = json.dumps(batch.results[start : start + RESULTS_PER_FILE]).encode("ascii")
            entry = tarfile.TarInfo(f"{batch.id}/{_sign(batch.id, str(number))[:10]}.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def _sign(batch_id: str, expires: str) -> str:
    return hmac.digest(_KEY, f"{batch_id}/{expires}".encode(), "sha256").hex()


def _refusal(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    body = f"<?xml version='1.0' encoding='UTF-8'?>{error}"
    return Response(status, body, {"Content-Type": "application/xml; charset=UTF-8"})
