"""IFS Cloud: an ERP spoken to through its OData v4 projections."""
