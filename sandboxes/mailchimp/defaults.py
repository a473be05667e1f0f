"""The account a fresh sandbox starts with."""

from sandboxes.mailchimp.merge_fields import add_field
from sandboxes.mailchimp.oauth import Application
from sandboxes.mailchimp.state import Account, Audience

DC = "us6"
API_KEY = f"0123456789abcdef0123456789abcdef-{DC}"
CLIENT_ID = "518293746510"
CLIENT_SECRET = "7d1f0c6b2a934e58b6c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f"  # noqa: S105 - of a pretend application
ACCOUNT_ID = "8d3a3db4d97663a9074efcc16"
CUSTOMERS = "a1b2c3d4e5"
CLUB = "f6e7d8c9b0"
STARTED = "2026-01-05T09:00:00+00:00"

_CONTACT = {
    "company": "Nordlicht Handel AB", "address1": "Hamngatan 1", "address2": "", "city": "Stockholm",
    "state": "", "zip": "11147", "country": "SE", "phone": "",
}  # fmt: skip
_MAIL_DEFAULTS = {
    "from_name": "Nordlicht", "from_email": "hello@nordlicht.example", "subject": "", "language": "en",
}  # fmt: skip


def account() -> Account:
    made = Account(ACCOUNT_ID, "Nordlicht Handel", "1190433", "frida@nordlicht.example", DC, "owner", STARTED)
    made.keys.add(API_KEY)
    new_audience(made, CUSTOMERS, "Customers", STARTED)
    club = new_audience(made, CLUB, "Club", STARTED)
    club.double_optin = True
    club.merge_fields["LNAME"].required = True
    add_field(club, "MEMBERNO", "Member number", "number", required=True)
    add_field(club, "TIER", "Tier", "dropdown").options["choices"] = ["Blue", "Silver", "Gold"]
    add_field(club, "BIRTHDAY", "Birthday", "birthday")
    return made


def new_audience(made: Account, list_id: str, name: str, now: str) -> Audience:
    """An audience with the fields every new audience has."""
    audience = Audience(list_id, made.number(), name, now, contact=dict(_CONTACT))
    audience.campaign_defaults = dict(_MAIL_DEFAULTS)
    for tag, label, kind in (
        ("FNAME", "First Name", "text"), ("LNAME", "Last Name", "text"), ("ADDRESS", "Address", "address"),
        ("PHONE", "Phone Number", "phone"),
    ):  # fmt: skip
        add_field(audience, tag, label, kind)
    made.audiences[list_id] = audience
    return audience


def application() -> Application:
    return Application(CLIENT_ID, CLIENT_SECRET)
