"""The OData service: read-only tables and views over Basic."""
