"""The eight rules of etiquette, and whether a member has accepted them in their present wording."""

from node.errors import Forbidden
from node.words import N_

VERSION = 1
"""Raised when the wording changes; everybody then sees the page once more."""

RULES: tuple[tuple[str, str], ...] = (
    (N_("Treat the other as your host."),
     N_("They set the table: their hours, their languages, the topics they enjoy. Read their host card first.")),
    (N_("Do not monopolise the conversation."),
     N_("One message until they answer. Leave room, and leave it to them how fast things go.")),
    (N_("Ask before you tell."),
     N_("Begin with a question for them. What you do comes second, and briefly.")),
    (N_("Follow their lead."),
     N_("Some like to talk business first, others never before dessert. The host decides which.")),
    (N_("Get to know the person."),
     N_("Be curious and tactful. Remember what you were told, and keep it to yourself.")),
    (N_("Look for what helps both."),
     N_("An offer sent to one person names what they gain from it, or what you ask in return.")),
    (N_("Invite."),
     N_("Inviting is how a network grows. A no is a no: do not ask again for a good while.")),
    (N_("Keep the door open."),
     N_("Nobody has to join anything to talk with you. People on other networks are guests like all others.")),
)  # fmt: skip


class EtiquetteFirst(Forbidden):
    """The rules were not accepted yet, so there is no first message to anybody."""

    default = N_("Please read the rules of the table first. It takes two minutes, once.")


def has_accepted(version: int) -> bool:
    """True when the version someone accepted is the present one."""
    return version >= VERSION


def require(version: int) -> None:
    """Raises EtiquetteFirst until the present version was accepted."""
    if not has_accepted(version):
        raise EtiquetteFirst
