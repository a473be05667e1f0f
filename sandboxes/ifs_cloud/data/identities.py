"""Which customer has which number and which e-mails.

The odd ones are dealt out by number, so that shares are the same in small and in large worlds; the first
line that fits counts:

    every 40th    no e-mail at all
    every 50th    an invalid e-mail
    every 60th    the e-mail of the customer before it; every 180th has it in capitals
    199, 399...   only an e-mail that has ended
    151, 301...   two valid e-mails, neither of them the default
    27, 52...     three e-mails: one ended, one valid and default, one not yet valid
    the others    one valid e-mail

Every 97th has a CustomerId with awkward characters; every 400th shares its Identity with a supplier, who
has an e-mail too.
"""

from datetime import date

from sandboxes.people import Party

# Value, default, valid from, valid to.
Email = tuple[str, bool, date | None, date | None]

INVALID_EMAILS = (
    "no-at-sign.example", "two@@signs.example", "blank in@name.example", "@no-local.example", "no-domain@",
    "one@first.example; two@second.example", "trailing.dot@name.example.", "double..dot@name.example",
    "Display Name <shown@name.example>", "no-top-level@localonly", "comma@name,example", "n/a",
)  # fmt: skip
AWKWARD_IDS = (
    "O'HARA-{}", "A/B {}", "Å-{}", "{}+1", "R&D {}", "50% {}", "#{}", "X={};Y", "東京-{}", "(A) {}", "Q?{}",
    "A,B {}", "{}''", "C\\{}",
)  # fmt: skip
LONG_AGO, ENDED, FAR_OFF = date(2019, 1, 1), date(2023, 12, 31), date(2099, 1, 1)


def customer_id(number: int) -> str:
    """Numbers as text: some have five digits and some six, so they sort as text and not as numbers."""
    if number % 97 == 0:
        return AWKWARD_IDS[number // 97 % len(AWKWARD_IDS)].format(number)
    return str(10_000 + number)


def emails(party: Party, people: list[Party]) -> list[Email]:
    number = party.number
    if number % 40 == 0:
        return []
    if number % 50 == 0:
        return [(INVALID_EMAILS[number // 50 % len(INVALID_EMAILS)], True, LONG_AGO, None)]
    if number % 60 == 0:
        shared = people[number - 2].email
        return [(shared.upper() if number % 180 == 0 else shared, True, LONG_AGO, None)]
    return _own(number, party.email)


def _own(number: int, own: str) -> list[Email]:
    if number % 200 == 199:
        return [(f"old.{own}", True, LONG_AGO, ENDED)]
    if number % 150 == 1 and number > 1:
        return [(own, False, LONG_AGO, None), (f"info.{own}", False, None, None)]
    if number % 25 == 2 and number > 2:
        ended, coming = (f"old.{own}", False, LONG_AGO, ENDED), (f"next.{own}", False, FAR_OFF, None)
        return [ended, (own, True, LONG_AGO, None), coming]
    return [(own, True, None, None)]
