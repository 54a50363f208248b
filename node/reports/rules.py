"""What a report may hold. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from node.errors import Invalid
from node.words import N_, Message

CATEGORIES = ("spam", "legal", "violation", "one_way", "other")
TEXT_LIMIT = 5000
POSTS = 50
"""With one report."""
OF_MEMBER = 20
"""A day."""
OF_HOST = 100
"""A day, of one host."""
WINDOW = timedelta(days=1)


def check(text: str, category: str, post_ids: Sequence[int]) -> tuple[str, str, list[int]]:
    """The words, the category and the posts as they are kept. Raises Invalid."""
    text = text.strip()
    if len(text) > TEXT_LIMIT:
        raise Invalid(
            {"text": Message(N_("Please keep it below %(limit)d characters; it has %(length)d."),
                             {"limit": TEXT_LIMIT, "length": len(text)})}
        )  # fmt: skip
    return text, category if category in CATEGORIES else "other", list(dict.fromkeys(post_ids))[:POSTS]
