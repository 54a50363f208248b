"""What a group's document says beyond any actor's: who moderates, who may come in, who may speak (FEP-1b12)."""

from dataclasses import dataclass

from schemas.values import Document, Malformed, as_uri, dropping_empty, first, flag, same_origin

OPENNESS = ("open", "request", "invite")
_MOBILIZON = {"open": "open", "moderated": "request", "invite_only": "invite"}


@dataclass(frozen=True, slots=True)
class Group:
    """The door and the voice of a group. ``moderators`` is the address of a collection of people."""

    openness: str = "open"
    moderators: str | None = None
    only_moderators_post: bool = False
    is_closed: bool = False
    """What is said there is for its members alone."""

    @staticmethod
    def read(document: Document) -> "Group":
        """From the document of a Group of any program; who does not say how one comes in says it by approval."""
        own = first(document, "commensal:openness")
        theirs = first(document, "openness")
        openness = own if own in OPENNESS else _MOBILIZON.get(theirs) if isinstance(theirs, str) else None
        if openness is None:
            openness = "request" if flag(document, "manuallyApprovesFollowers") else "open"
        try:
            moderators = as_uri(first(document, "attributedTo"))
            home = as_uri(first(document, "id")) or ""
        except Malformed:
            moderators, home = None, ""
        return Group(
            openness=str(openness),
            moderators=moderators if moderators and same_origin(moderators, home) else None,
            only_moderators_post=bool(flag(document, "postingRestrictedToMods")),
            is_closed=bool(flag(document, "commensal:closed")),
        )

    def write(self) -> Document:
        """The keys as they stand in the actor document."""
        return dropping_empty(
            {
                "attributedTo": self.moderators,
                "postingRestrictedToMods": self.only_moderators_post,
                "commensal:openness": self.openness,
                "commensal:closed": self.is_closed or None,
            }
        )
