"""The demonstration: a tenant joined to the sandboxes.

Its first runs are shown, and what arrived is checked at the sandboxes themselves.
"""
