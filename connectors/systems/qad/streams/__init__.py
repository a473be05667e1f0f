"""What QAD can be read for."""
