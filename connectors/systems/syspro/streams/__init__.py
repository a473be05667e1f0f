"""What SYSPRO can be read for."""
