"""What can be written to IFS Cloud."""
