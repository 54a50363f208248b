"""A question and a vote as they go over the wire. Pure."""

from collections.abc import Sequence

from node.polls.model import Poll, PollOption
from schemas.question import Option, Question
from schemas.values import Document


def question(poll: Poll, options: Sequence[PollOption]) -> Question:
    """The question of a post of ours."""
    return Question(
        options=tuple(Option(option.text, option.votes) for option in options),
        is_multiple=poll.is_multiple,
        ends_at=poll.ends_at,
        closed_at=poll.closed_at,
        voters=poll.voters,
    )


def vote(uri: str, voter: str, option: str, asked: str, author: str) -> Document:
    """One choice: a note with a name and without content, to whoever asked and nobody else."""
    return {"id": uri, "type": "Note", "attributedTo": voter, "name": option, "inReplyTo": asked, "to": [author]}
