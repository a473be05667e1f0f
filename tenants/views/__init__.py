"""The pages about people and tenants."""
