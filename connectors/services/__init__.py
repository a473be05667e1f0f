"""What can be done, as functions: pages, admin, API, commands and tests all call these.

Each does one thing in one transaction, writes its audit entry (as `audit.actor_scope`'s actor) and raises
`Refused` with a text for the person.
"""
