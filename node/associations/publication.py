"""What the rest of the world gets to see of the association and its node: their actor documents."""

import html as markup

from node.actors import queries as actors
from node.actors import wire as actor_wire
from node.actors.model import Actor
from node.associations.model import Association
from node.outbox import service as outbox
from node.outbox import wire as said
from node.work import Reading, Writing
from schemas.actors import Field
from schemas.values import Document


async def document(work: Reading, actor: Actor) -> Document:
    """The actor document of the association, or of the node itself."""
    association = await work.session.get(Association, actor.id)
    fields = []
    if association is not None:
        told = (("Place", association.place), ("Mail", association.contact_email))
        fields = [Field(name, markup.escape(value, quote=False)) for name, value in told if value]
    return actor_wire.actor(actor, await actors.public_keys(work, actor.id), work.uris, fields=fields).write()


async def announce(work: Writing, actor: Actor) -> None:
    """Tell followers that the association's page changed."""
    actor.updated_at = work.now
    await work.session.flush()
    what = said.update(await document(work, actor), work.now)
    await outbox.publish(work, actor, what, outbox.Audience(public=True, followers=True))
