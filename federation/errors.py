"""What goes wrong between nodes.

NodeError (node/errors.py)
 ├─ BadSignature   a request or document is not signed by whom it names
 ├─ Refused        we will not do it: an address we do not dial, a document we do not take, a sender we do not serve
 ├─ Unreachable    the other side does not answer, or answers that it cannot just now; trying again may help
 │   └─ Busy       we had no time for it: that says nothing about the other side, and is not remembered
 ├─ PeerGone       the other side says that what we ask for is gone for ever
 └─ Ignored        understood, and nothing here concerns us
"""

from datetime import datetime

from node.errors import NodeError
from node.words import N_


class BadSignature(NodeError):
    """The signature is missing, false, too old, or by a key that does not belong to the actor it names."""

    default = N_("The sender could not be verified.")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()

    def __str__(self) -> str:
        return self.reason


class Refused(NodeError):
    """We will not; asking again does not change it. ``reason`` is for the log and the page of the admin."""

    default = N_("This cannot be fetched from there.")

    def __init__(self, reason: str, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__()

    def __str__(self) -> str:
        return self.reason


class Unreachable(NodeError):
    """No answer, or one that promises better times; ``retry_at`` when the peer said from when on."""

    default = N_("The other side does not answer just now.")

    def __init__(self, reason: str, retry_at: datetime | None = None) -> None:
        self.reason = reason
        self.retry_at = retry_at
        super().__init__()

    def __str__(self) -> str:
        return self.reason


class Busy(Unreachable):
    """Too many others wait here; nothing is known of the other side by it."""


class PeerGone(NodeError):
    """The address answers 410: whoever lived there is gone, and will not come back."""

    default = N_("This does not exist any more.")

    def __init__(self, uri: str) -> None:
        self.uri = uri
        super().__init__()

    def __str__(self) -> str:
        return f"{self.uri} is gone"


class Ignored(NodeError):
    """Nothing is wrong with it, and there is nothing to do. ``reason`` is for the page of the admin."""

    default = N_("This concerns nobody here.")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()

    def __str__(self) -> str:
        return self.reason
