"""SYSPRO: an ERP read through its OData service, or through e.net where that cannot serve."""
