"""A pretend Mailchimp Marketing API, built from its published contract alone. See README.md."""

from sandboxes.mailchimp.defaults import API_KEY, CLIENT_ID, CLIENT_SECRET, CLUB, CUSTOMERS, DC
from sandboxes.mailchimp.sandbox import Mailchimp

__all__ = ["API_KEY", "CLIENT_ID", "CLIENT_SECRET", "CLUB", "CUSTOMERS", "DC", "Mailchimp"]
