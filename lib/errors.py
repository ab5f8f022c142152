"""The one error that users are meant to see."""


class UserError(Exception):
    """Something the user can mend: the message says what is wrong, where, and what to do."""
