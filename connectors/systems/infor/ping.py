"""Trying the real thing, cheapest first: address, log-in, the product, then what the streams rely on.

Each product brings its own steps (`m3.ping`, `csi.ping`). A log-in is rationed: one is made only if none was
made lately, so that nobody uses up the day's ration by pinging.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from connectors.sdk.errors import SystemFault
from connectors.sdk.system import Account, Check, Outcome
from connectors.systems.infor.csi.ping import CsiSteps
from connectors.systems.infor.m3.ping import M3Steps
from connectors.systems.infor.settings import file_of, settings_of
from connectors.systems.infor.steps import Found, Step, Steps, Trouble
from connectors.systems.infor.token import DAY, fetch_token, store_of

NOT_REACHED = frozenset({"private_address", "unknown_host", "tls", "plain_http", "unreachable", "refused"})
FRESH_SECONDS = 300.0
"""A log-in made within so many seconds counts as tried."""
_SHORTEST_LIFE = 900.0


class Ping:
    """One ping of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = settings_of(account)
        self.file = file_of(account)

    def checks(self) -> Iterator[Check]:
        """The checks as they are done. Stops where going on makes no sense."""
        steps: Steps = M3Steps(self.account) if self.settings.is_m3 else CsiSteps(self.account)
        first = (Step("Address", self.address, stops=True), Step("Log-in", self.log_in, stops=True))
        for step in (*first, *steps.steps()):
            check = tried(step)
            yield check
            if check.outcome is Outcome.FAILED and step.stops:
                return

    def address(self) -> Found:
        """Whether anything answers. What it says does not matter: we ask without a log-in."""
        probe = self.account.connect(base_url=self.file.base_url)
        try:
            probe.get(f"/{self.settings.suite}/")
        except SystemFault as fault:
            if fault.code in NOT_REACHED:
                raise
        found = {"tenant": self.file.tenant, "gateway": self.file.host, "app": self.file.app}
        return f"{self.file.host} answers for the tenant {self.file.tenant}.", found

    def log_in(self) -> Found:
        """A token of today's credentials: a fresh one, unless one was fetched a moment ago."""
        store = store_of(self.account)
        if store.current() and time.time() - store.newest_log_in() < FRESH_SECONDS:
            return "Logged in a moment ago; the token is shared and still good.", {}
        with store.lock():
            token = fetch_token(self.account, store)
            store.put(token, 0.9 * token.expires_in)
        seconds, ration = round(token.expires_in), self.settings.log_ins_per_day
        found: dict[str, Any] = {"token_seconds": seconds, "log_ins_today": store.spent_today()}
        if token.expires_in < max(_SHORTEST_LIFE, DAY / ration):
            raise Trouble(
                f"Logged in, but a token lives only {seconds:,} seconds. A day would take "
                f"{round(DAY / token.expires_in):,} log-ins, and we make no more than {ration}.",
                "Raise the life of access tokens of this app to two hours (API Gateway, Authorized Apps).",
                found,
            )
        return f"Logged in; a token lives {seconds:,} seconds, is shared, and is renewed in time.", found


def tried(step: Step) -> Check:
    """A step as a check."""
    start = time.perf_counter()
    advice, outcome = "", Outcome.OK
    found: dict[str, Any] = {}
    try:
        text, found = step.work()
    except Trouble as trouble:
        text, advice, found, outcome = trouble.text, trouble.advice, trouble.found, Outcome.WARNING
    except SystemFault as fault:
        text, outcome = fault.text, Outcome.FAILED if step.needed else Outcome.WARNING
    return Check(step.name, outcome, text, advice, found, (time.perf_counter() - start) * 1000)
