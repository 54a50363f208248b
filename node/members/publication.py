"""What the rest of the world gets to see of a member: the actor document, and the news that it changed."""

from typing import Any

from node.actors import documents
from node.actors.model import Actor
from node.asking import Question, all_of, copies, copy_of, given
from node.associations.model import Vouch
from node.companies.model import CompanyPerson
from node.members import wire
from node.members.model import HostCard, ProfileField
from node.outbox import service as outbox
from node.outbox import wire as said
from node.work import Reading, Writing
from schemas.values import Document

_OF = given("actor")
_FIELDS = copies(
    ProfileField, ProfileField.actor_id == _OF, ProfileField.visibility == "public",
    order=[ProfileField.position, ProfileField.id],
)  # fmt: skip
_COMPANIES: Question[Any] = Question(
    copy_of(Actor),
    all_of(Actor)
    .join(CompanyPerson, CompanyPerson.company_id == Actor.id)
    .where(CompanyPerson.person_id == _OF, Actor.gone_at.is_(None))
    .order_by(CompanyPerson.id),
)
_ASSOCIATIONS: Question[Any] = Question(
    copy_of(Actor),
    all_of(Actor)
    .join(Vouch, Vouch.issuer_id == Actor.id)
    .where(Vouch.subject_id == _OF, Vouch.revoked_at.is_(None), Actor.gone_at.is_(None))
    .order_by(Vouch.id),
)
_CARDS = copies(HostCard, HostCard.actor_id == _OF)


async def document(work: Reading, actor: Actor) -> Document:
    """The member's actor document: public fields only, whoever asks."""
    fields = await _FIELDS.ask(work, actor=actor.id)
    companies = await _COMPANIES.ask(work, actor=actor.id)
    associations = await _ASSOCIATIONS.ask(work, actor=actor.id)
    card = await _CARDS.first(work, actor=actor.id)
    shown = documents.Shown(
        fields=tuple(wire.lines(fields, companies, associations, card)),
        host_card=wire.host_card(card) if card is not None else None,
    )
    return await documents.document(work, actor, shown)


async def announce(work: Writing, actor: Actor) -> None:
    """Tell followers that the profile changed."""
    actor.updated_at = work.now
    await work.session.flush()
    what = said.update(await document(work, actor), work.now)
    await outbox.publish(work, actor, what, outbox.Audience(public=True, followers=True))
