"""Everything the node refuses or fails to do, without a word about HTTP.

    NodeError
     ├─ Invalid           what was typed or sent cannot be used; names the fields
     ├─ Unauthenticated   we do not know who is asking
     ├─ Forbidden         we know, and they may not
     ├─ NotFound          there is nothing, or nothing for this reader
     ├─ Gone              there was something and it was withdrawn
     ├─ Conflict          it was done already, or someone else was faster
     ├─ TooMany           later; says when
     ├─ Unavailable       the node cannot do it just now; nothing was changed
     └─ Misconfigured     the node must not start like this

federation/errors.py adds BadSignature, Refused, Unreachable and PeerGone.
"""

from collections.abc import Mapping
from datetime import datetime

from node.words import N_, Message


class NodeError(Exception):
    """The root. ``message`` is for people, in English until translated at the edge."""

    default = N_("That did not work.")

    def __init__(self, message: Message | str | None = None) -> None:
        if not isinstance(message, Message):
            message = Message(message or self.default)
        self.message = message
        super().__init__(str(message))


class Invalid(NodeError):
    """Input that cannot be used. ``fields`` maps a field's name to what is wrong with it."""

    default = N_("Some of this needs another look.")

    def __init__(self, fields: Mapping[str, Message | str] | None = None, message: Message | str | None = None) -> None:
        self.fields: dict[str, Message] = {
            name: text if isinstance(text, Message) else Message(text) for name, text in (fields or {}).items()
        }
        super().__init__(message)

    def __str__(self) -> str:
        named = "; ".join(f"{name}: {text}" for name, text in self.fields.items())
        return f"{self.message} {named}".strip()


class Unauthenticated(NodeError):
    """Nobody is logged in, or the log-in did not match."""

    default = N_("Please log in first.")


class Forbidden(NodeError):
    """The asker is known and not entitled."""

    default = N_("This is not yours to change.")


class NotFound(NodeError):
    """Nothing there, or nothing this reader may know of."""

    default = N_("There is nothing here.")


class Gone(NodeError):
    """It was here and was withdrawn."""

    default = N_("This was withdrawn.")


class Conflict(NodeError):
    """Already done, or done differently by someone else in the meantime."""

    default = N_("Someone was faster. Please look again.")


class TooMany(NodeError):
    """A limit was reached. ``retry_at`` says from when on it works again."""

    default = N_("That was a little too often. Please try again later.")

    def __init__(self, message: Message | str | None = None, retry_at: datetime | None = None) -> None:
        self.retry_at = retry_at
        super().__init__(message)


class Unavailable(NodeError):
    """The database or the queue cannot take it now; nothing was changed."""

    default = N_("The node is busy. Nothing was lost; please try again in a moment.")


class Misconfigured(NodeError):
    """The node refuses to start; the message says how to mend it."""

    default = N_("The settings do not fit together.")
