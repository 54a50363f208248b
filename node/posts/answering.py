"""Clauses over posts that are answers: what they answer.

Not a join, which PostgreSQL may carry out by reading all posts for each: it knows too little of how many there will be.
"""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from node.posts.model import Post

ANSWERED = aliased(Post)
"""What a post answers, as far as it is known here. Made once: an alias of all columns costs a millisecond."""
_IS_IT = ANSWERED.id == Post.parent_id

WHOM = sa.select(ANSWERED.author_id).where(_IS_IT).correlate(Post).scalar_subquery()
"""The key of who said what a post answers."""


def is_answer_to(*either: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The clause: one of these, which are over ANSWERED, holds for what a post answers."""
    return sa.exists().where(_IS_IT, sa.or_(*either)).correlate(Post)
