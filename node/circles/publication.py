"""What the rest of the world gets to see of a circle: its actor document."""

from node.actors import documents
from node.actors.documents import Shown
from node.actors.model import Actor
from node.circles.model import Circle
from node.errors import NotFound
from node.work import Reading
from schemas.group import Group
from schemas.values import Document


def moderators_uri(group: Actor) -> str:
    """The collection of those who moderate."""
    return f"{group.uri}/moderators"


async def document(work: Reading, group: Actor) -> Document:
    """The circle's document: one for everybody, also where what is said is for its members alone."""
    circle = await work.session.get(Circle, group.id)
    if circle is None:
        raise NotFound
    door = Group(circle.openness, moderators_uri(group), circle.only_moderators_post, circle.is_closed)
    return await documents.document(work, group, Shown(group=door))
