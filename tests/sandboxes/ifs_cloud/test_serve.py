"""Several sandboxes in one process, found by their port file, gone with their parent."""

import http.client
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandboxes.serve import Scale, build_worlds

ROOT = Path(__file__).parents[3]


def test_worlds_are_built_by_name_and_size() -> None:
    worlds = build_worlds(Scale(customers=7, orders=0), only=["ifs_cloud"])
    state = worlds["ifs_cloud"].sandbox.state()
    assert isinstance(state, dict)
    assert (list(worlds), state["customers"]) == (["ifs_cloud"], 7)
    with pytest.raises(ValueError, match="no sandbox"):
        build_worlds(only=["nothing"])


def test_the_port_file_leads_to_sandboxes_that_end_with_their_parent(tmp_path: Path) -> None:
    """A shell starts them and dies; its pipe closes only when the sandboxes have let go of it too."""
    ports = tmp_path / "ports.json"
    serve = f"'{sys.executable}' -m sandboxes.serve --port-file '{ports}' --customers 5 --orders 0"
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f"{serve} & echo $!; wait"], cwd=ROOT, stdout=subprocess.PIPE, env=os.environ
    )
    assert shell.stdout is not None
    try:
        shell.stdout.readline()
        while not ports.exists():  # its output ends only if it fails
            assert not select.select([shell.stdout], [], [], 0.1)[0]
        document = json.loads(ports.read_text())
        for access in document["sandboxes"].values():
            with closing(http.client.HTTPConnection(urlsplit(access["url"]).netloc, timeout=5)) as client:
                client.request("GET", "/_sandbox/health")
                assert client.getresponse().status == 200
        shell.send_signal(signal.SIGKILL)
        assert shell.stdout.read() == b""
    finally:
        shell.stdout.close()
        shell.kill()
        shell.wait()
