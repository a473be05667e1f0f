"""What IFS Cloud can be read for."""
