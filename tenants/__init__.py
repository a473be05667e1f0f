"""Who owns what: people, tenants, roles, and the walls between tenants."""
