"""Whether somebody may invite somebody now. Pure; the same for page, API and inbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from node.errors import Conflict
from node.etiquette import asking_again, code, daily_ceiling, one_message
from node.words import N_, Message


@dataclass(frozen=True, slots=True)
class Earlier:
    """The last there was between two people. ``is_ours`` when the one who asks now asked then too."""

    state: str
    is_ours: bool
    at: datetime
    """When it came to this state."""


def check(
    host: str, earlier: Earlier | None, sent_at: Sequence[datetime], etiquette_version: int, now: datetime
) -> None:
    """Raises EtiquetteFirst, Conflict or TooMany; each says why, and until when where there is an end."""
    code.require(etiquette_version)
    if earlier is not None:
        if earlier.state == "accepted":
            raise Conflict(Message(N_("You are connected with %(name)s already."), {"name": host}))
        if earlier.state == "asked" and earlier.is_ours:
            raise one_message.refuse_second(host)
        if earlier.state == "asked":
            raise Conflict(Message(N_("%(name)s has asked you already. You can answer."), {"name": host}))
        if earlier.is_ours:
            asking_again.check(earlier.state, earlier.at, now, host)
    daily_ceiling.check(sent_at, now)
