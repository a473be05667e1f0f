"""The OData 4 language as far as IFS's provider speaks it: literals, `$filter`, keys in paths."""
