"""Commands that replace Django's own during tests."""
