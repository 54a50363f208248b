"""What the rest of the world gets to see of a member: the actor document, and the news that it changed."""

import sqlalchemy as sa

from node.actors import documents
from node.actors.model import Actor
from node.associations.model import Vouch
from node.companies.model import CompanyPerson
from node.members import wire
from node.members.model import HostCard, ProfileField
from node.outbox import service as outbox
from node.outbox import wire as said
from node.work import Reading, Writing
from schemas.values import Document


async def document(work: Reading, actor: Actor) -> Document:
    """The member's actor document: public fields only, whoever asks."""
    fields = await work.session.scalars(
        sa.select(ProfileField)
        .where(ProfileField.actor_id == actor.id, ProfileField.visibility == "public")
        .order_by(ProfileField.position, ProfileField.id)
    )
    companies = await work.session.scalars(
        sa.select(Actor)
        .join(CompanyPerson, CompanyPerson.company_id == Actor.id)
        .where(CompanyPerson.person_id == actor.id, Actor.gone_at.is_(None))
        .order_by(CompanyPerson.id)
    )
    associations = await work.session.scalars(
        sa.select(Actor)
        .join(Vouch, Vouch.issuer_id == Actor.id)
        .where(Vouch.subject_id == actor.id, Vouch.revoked_at.is_(None), Actor.gone_at.is_(None))
        .order_by(Vouch.id)
    )
    card = await work.session.get(HostCard, actor.id)
    shown = documents.Shown(
        fields=tuple(wire.lines(fields.all(), companies.all(), associations.all(), card)),
        host_card=wire.host_card(card) if card is not None else None,
    )
    return await documents.document(work, actor, shown)


async def announce(work: Writing, actor: Actor) -> None:
    """Tell followers that the profile changed."""
    actor.updated_at = work.now
    await work.session.flush()
    what = said.update(await document(work, actor), work.now)
    await outbox.publish(work, actor, what, outbox.Audience(public=True, followers=True))
