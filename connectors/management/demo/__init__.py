"""The demonstration: a tenant joined to the sandboxes, its first runs shown, and what arrived checked at the sandboxes themselves."""
