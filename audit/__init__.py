"""The append-only trail of everything that happened."""
