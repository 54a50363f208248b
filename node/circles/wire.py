"""What a circle says to the world: the announcement of what its members do, and what its moderators decide. Pure."""

from collections.abc import Sequence
from datetime import datetime

from schemas.activities import Activity
from schemas.values import PUBLIC, Document


def announce_id(group: str, followers: str, uri: str, at: datetime) -> Document:
    """A post is passed on by its id: what microblogs understand."""
    return Activity(None, "Announce", group, (uri,), to=(PUBLIC,), cc=(followers,), published=at).write()


def announce_activity(group: str, activity: Document, at: datetime, to: Sequence[str], cc: Sequence[str]) -> Document:
    """A whole activity is passed on (FEP-1b12), exactly as it came: a proof in it still holds."""
    written = Activity(None, "Announce", group, ("",), to=tuple(to), cc=tuple(cc), published=at).write()
    return written | {"object": activity}


def by_moderator(
    kind: str,
    moderator: str,
    group: str,
    what: Document | str,
    *,
    target: str | None = None,
    reason: str = "",
    is_public: bool = True,
) -> Document:
    """Delete, Block, Add, Remove or Undo in the words of the Lemmy family; the group announces it."""
    return Activity(
        None, kind, moderator, (what,), target=target, to=(PUBLIC,) if is_public else (), cc=(group,)
    ).write(audience=group, summary=reason or None)


def request(verb: str, uri: str, person: str, group: str) -> Document:
    """A Follow or Join as it stands inside the answer to it."""
    return {"id": uri, "type": verb, "actor": person, "object": group}


def invite(inviting: str, group: str, invited: str, at: datetime, words: str = "") -> Document:
    """Somebody is asked to join a group, in the form that Mobilizon reads."""
    return Activity(
        None, "Invite", inviting, (group,), target=invited, to=(invited,), published=at, content=words or None
    ).write(attributedTo=group)


def accept_as_member(invited: str, invite: str, inviting: str, group: str) -> Document:
    """Yes to an Invite, in the form that Mobilizon reads."""
    member = {"type": "Member", "id": invite, "actor": invited, "object": group, "role": "member"}
    return Activity(None, "Accept", invited, (member,), to=(inviting,), cc=(group,)).write()
