"""What can go wrong between host and board; each is one sentence for the user."""
from sw.contract.errors import SpikeplaneError

__all__ = ["BoardReset", "LinkError", "NoAnswer", "Refused"]


class LinkError(SpikeplaneError):
    """Anything that prevents an answer of the board from being trusted."""


class NoAnswer(LinkError):
    """The board did not answer, however often it was asked."""


class BoardReset(LinkError):
    """The board was reset since it was last heard of: what was written to it may be lost."""


class Refused(LinkError):
    """The board refused a request; ``status`` is its :class:`sw.contract.link.Status`."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status
