"""Tells what is plain among the received, as far as a document shows it.

Plain are new words, answers and boosts by their author, whole as they came; and Follows. ``node.inbox.plain`` keeps
them many at a time; the verbs do everything else.
"""

from node import catalogue
from node.inbox.plain import Plain
from node.uris import Uris
from schemas.activities import Activity
from schemas.agreement import CLAIM, STEP
from schemas.note import Note
from schemas.proposal import Proposal
from schemas.values import Document, Malformed, one_id, same_origin, types

TYPES = ("Create", "Announce", "Follow")


def read(key: int, activity: Activity, actor_uri: str, uris: Uris) -> Plain | None:
    """The activity as something plain; None when it is for its verb. ``actor_uri`` is whose word was verified."""
    if activity.actor != actor_uri or activity.id is None:
        return None
    if activity.type == "Follow":
        followed = activity.object_id
        is_one_of_ours = len(activity.objects) == 1 and followed is not None and uris.is_ours(followed)
        return _plain(key, activity, follows=followed or "") if is_one_of_ours else None
    try:
        if activity.type == "Create" and len(activity.objects) == 1 and activity.embedded is not None:
            note = _note(activity.embedded, actor_uri)
            return _plain(key, activity, note=note) if note is not None and STEP not in activity.document else None
        if any(uris.is_ours(uri) for uri in activity.recipients):
            return None
        if activity.type == "Announce" and isinstance(activity.object, str) and same_origin(activity.id, actor_uri):
            return None if uris.is_ours(activity.object) else _plain(key, activity, passed_on=activity.object)
    except Malformed:
        return None
    return None


def _plain(key: int, activity: Activity, *, note: Note | None = None, passed_on: str = "", follows: str = "") -> Plain:
    assert activity.id is not None
    # Of what anybody may read nothing is said within a deal.
    is_private = note is not None and activity.embedded is not None and not activity.is_public
    deal = (one_id(activity.embedded, "context") or activity.context) if is_private and activity.embedded else None
    return Plain(
        key, activity.id, activity.actor, activity.to, activity.cc, activity.published, note, deal, passed_on, follows
    )


def _note(document: Document, actor_uri: str) -> Note | None:
    if types(document) != ("Note",) or Proposal.address(document) is not None or CLAIM in document:
        return None
    kind = catalogue.claiming(document)
    if kind is None or kind.name != "note":
        return None
    note = Note.read(document)
    if note.attributed_to != actor_uri or not same_origin(note.id, actor_uri):
        return None
    # A vote, what quotes something, and what stands in a group have more to it.
    return note if note.name is None and note.quote is None and note.audience is None else None
