"""Poll: a question with answers to choose from, as apps show it."""

from node.polls.queries import PollView
from web.api.shapes.look import Entity, moment


def poll_entity(view: PollView, viewer_id: int | None) -> Entity:
    """Its key is that of its status."""
    ends_at = view.closed_at or view.ends_at
    found: Entity = {
        "id": str(view.post_id),
        "expires_at": moment(ends_at) if ends_at is not None else None,
        "expired": view.is_over,
        "multiple": view.is_multiple,
        "votes_count": view.votes,
        "voters_count": view.voters,
        "options": [{"title": option.text, "votes_count": option.votes} for option in view.options],
        "emojis": [],
    }
    if viewer_id is not None:
        # Who asked cannot answer: apps show them the numbers as if they had.
        found["voted"] = view.has_voted or view.is_own
        found["own_votes"] = [option.position for option in view.options if option.is_own]
    return found
