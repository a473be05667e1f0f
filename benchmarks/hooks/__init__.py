"""Receiving webhooks: our receiver against a bare view that checks the HMAC and inserts one row.

Both are answered by one server, started as in production, behind the same middleware, called in turns.
"""
