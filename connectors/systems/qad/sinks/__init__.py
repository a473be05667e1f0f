"""What can be written to QAD."""
