"""The one exception that carries a message for the user."""

__all__ = ["SpikeplaneError"]


class SpikeplaneError(Exception):
    """What is wrong, where, and what to do about it, in one sentence.

    The command line prints the message alone and exits with status 1; everything else that
    escapes is a defect of the kit.
    """
