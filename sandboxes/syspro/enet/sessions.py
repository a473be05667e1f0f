"""Who is logged on to e.net, one session to an operator; and the count of everything a test may ask about."""

from collections import Counter
from dataclasses import dataclass, field
from secrets import token_hex

from sandboxes.kit import Clock
from sandboxes.syspro.access import Account, Operators, same
from sandboxes.syspro.enet.errors import EnetError, invalid_session
from sandboxes.syspro.options import Options

DIGITS = 32
# How a session ends. `displaced`: by the operator's next log-on, while it was still good.
ENDS = ("logoff", "displaced", "expired", "dropped", "by_person")


@dataclass(slots=True)
class Session:
    guid: str
    operator: str
    company: str
    used_at: float
    person: bool = False
    good: bool = True


@dataclass(slots=True)
class Tally:
    """What one operator's sessions came to; persons' sessions are not counted."""

    logons: int = 0
    failed_logons: int = 0  # refused for whatever reason
    second_logons: int = 0  # asked for while a session was good, whether that killed it or was refused
    peak: int = 0  # sessions held at once, a second one that was asked for among them
    ended: Counter[str] = field(default_factory=Counter)


class Sessions:
    def __init__(self, options: Options, operators: Operators, clock: Clock) -> None:
        self._options = options
        self._operators = operators
        self._clock = clock
        self._held: dict[
            str, Session
        ] = {}  # by operator; a session that is no longer good still has its seat
        self.tallies: dict[str, Tally] = {
            name: Tally() for name, one in operators.accounts.items() if one.enet
        }
        self.unknown_operators = 0
        self.invalid_calls = 0  # with a session that is not, or no longer
        self.overlapping = 0  # calls that came while another call of the same session was under way
        self.issued: list[str] = []
        self.seats = options.seats

    def logon(self, name: str, password: str, company: str, company_password: str) -> str:
        self.sweep()
        account = self._operators.get(name)
        if account is None or not account.enet:
            self.unknown_operators += 1
            raise EnetError(f"Operator '{name}' not found")
        tally = self.tallies[name]
        tally.failed_logons += 1
        self._check(account, password, company, company_password)
        self._make_room(account.name, tally)
        tally.failed_logons -= 1
        tally.logons += 1
        guid = token_hex(DIGITS // 2).upper() + self._options.guid_tail
        self.issued.append(guid[:DIGITS])
        self._held[name] = Session(guid, name, company, self._clock.timestamp())
        return guid

    def session(self, user_id: str) -> Session:
        """The good session of this id, kept alive by being asked for."""
        self.sweep()
        for one in self._held.values():
            if one.good and user_id.strip() in {one.guid.strip(), one.guid[:DIGITS]}:
                one.used_at = self._clock.timestamp()
                return one
        self.invalid_calls += 1
        raise invalid_session()

    def logoff(self, user_id: str) -> None:
        session = self.session(user_id)
        self._end(session, "logoff")
        del self._held[session.operator]

    def sweep(self) -> None:
        """Idle sessions end; their seats are free again only when they are purged."""
        now = self._clock.timestamp()
        for name, one in list(self._held.items()):
            if one.good and now - one.used_at >= self._options.idle_timeout:
                self._end(one, "expired")
            if not one.good and now - one.used_at >= self._options.purge_after:
                del self._held[name]

    # Behind the client's back.

    def drop(self, operator: str = "") -> int:
        """Good sessions end, of one operator or of all, and their seats are free."""
        named = [one for one in self._held.values() if operator in {"", one.operator}]
        good = [one for one in named if one.good]
        for one in good:
            self._end(one, "dropped")
        for one in named:
            del self._held[one.operator]
        return len(good)

    def expire(self) -> int:
        """As if nobody had called for long: the seats stay taken."""
        good = [one for one in self._held.values() if one.good]
        for one in good:
            self._end(one, "expired")
        return len(good)

    def person_logs_on(self, operator: str, company: str) -> None:
        held = self._held.get(operator)
        if held is not None and held.good:
            self._end(held, "by_person")
        person = Session(
            token_hex(DIGITS // 2).upper(), operator, company, self._clock.timestamp(), person=True
        )
        self._held[operator] = person

    def person_logs_off(self, operator: str) -> None:
        held = self._held.get(operator)
        if held is not None and held.person:
            del self._held[operator]

    # What it comes to.

    def open(self, operator: str = "") -> list[Session]:
        self.sweep()
        mine = (one for one in self._held.values() if one.good and not one.person)
        return [one for one in mine if operator in {"", one.operator}]

    def seats_taken(self) -> int:
        self.sweep()
        return len(self._held)

    def persons(self) -> list[str]:
        return [name for name, one in self._held.items() if one.person]

    def _check(self, account: Account, password: str, company: str, company_password: str) -> None:
        if account.locked:
            raise EnetError(f"Operator '{account.name}' is locked out")
        if not same(password, account.password):
            self._operators.failed(account)
            raise EnetError(f"Invalid password for Operator '{account.name}'")
        account.failures = 0
        if account.mfa:
            raise EnetError(f"Multi-factor authentication is required for Operator '{account.name}'")
        if company not in self._options.companies:
            raise EnetError(f"Company '{company}' not found")
        if not same(company_password, self._options.company_password):
            raise EnetError(f"Invalid password for company '{company}'")

    def _make_room(self, operator: str, tally: Tally) -> None:
        held = self._held.get(operator)
        if held is None:
            tally.peak = max(tally.peak, 1)
            if len(self._held) >= self.seats:
                raise EnetError("The maximum number of e.net licenses is in use")
            return
        if held.good and not held.person:
            tally.second_logons += 1
        tally.peak = max(tally.peak, 2 if held.good and not held.person else 1)
        if held.good and self._options.second_logon == "refuse":
            raise EnetError(f"Operator '{operator}' is already logged on")
        if held.good:
            self._end(held, "displaced")

    def _end(self, session: Session, how: str) -> None:
        session.good = False
        if not session.person:
            self.tallies[session.operator].ended[how] += 1
