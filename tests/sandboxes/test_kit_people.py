"""The shared made-up people: repeatable, many-lettered, unique where they must be."""

from itertools import islice

from sandboxes.people import parties


def test_the_same_seed_gives_the_same_people_whatever_the_count() -> None:
    assert list(parties(20, seed=3)) == list(islice(parties(500, seed=3), 20))
    assert list(parties(20, seed=3)) != list(parties(20, seed=4))


def test_every_address_is_ascii_unique_and_cannot_be_owned_by_anyone() -> None:
    emails = [party.email for party in parties(3000)]
    assert len(set(emails)) == 3000
    assert all(email.isascii() and email == email.lower() and email.endswith(".example") for email in emails)


def test_many_scripts_currencies_and_lengths_occur() -> None:
    people = list(parties(3000))
    letters = {letter for party in people for letter in f"{party.company}{party.person}{party.city}"}
    assert {"Ł", "ź", "東", "Θ", "Ñ", "ş", "🚀", "'"} <= letters
    assert {"JPY", "KWD", "EUR", "USD", "SEK", "GBP"} <= {party.currency for party in people}
    assert 90 <= max(len(party.company) for party in people) <= 100
