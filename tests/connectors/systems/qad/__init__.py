"""The QAD system, against its sandbox and by itself."""
