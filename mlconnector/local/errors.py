"""The one error a person at the terminal sees: a sentence saying what is wrong and what helps."""


class LocalError(Exception):
    """Printed without a traceback; the program then ends with status 1."""
