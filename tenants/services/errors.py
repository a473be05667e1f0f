"""How these services say no. The texts are for the person who asked."""


class Refused(Exception):
    """What was asked for cannot be done; nothing was changed."""


class MailNotSent(Exception):
    """It was done, but the mail about it could not be sent."""
