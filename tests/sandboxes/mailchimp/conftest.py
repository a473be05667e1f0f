"""A sandbox, a caller for it, and the contract watching both."""

from collections.abc import Iterator

import pytest

from sandboxes.kit import Server, serve
from sandboxes.mailchimp import Mailchimp
from tests.sandboxes.mailchimp.caller import Caller
from tests.sandboxes.mailchimp.contract import watching


@pytest.fixture
def sandbox() -> Iterator[Mailchimp]:
    made = Mailchimp()
    made.clock.freeze()
    with watching(made):
        yield made


@pytest.fixture
def api(sandbox: Mailchimp) -> Caller:
    return Caller(sandbox)


@pytest.fixture
def server(sandbox: Mailchimp) -> Iterator[Server]:
    with serve(sandbox) as running:
        yield running
