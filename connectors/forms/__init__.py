"""The forms of the customer's pages. Those of systems and recipes derive from their pydantic models."""
