"""Tests of the Mailchimp system."""
