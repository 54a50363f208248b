"""The association's own house: set up once, then shown, changed and spoken for."""

import re
from dataclasses import dataclass

import sqlalchemy as sa

from node import zones
from node.actors import documents, queries
from node.actors import service as actors
from node.actors.documents import Shown
from node.actors.keys import make_many
from node.actors.model import Actor
from node.associations.model import Association
from node.errors import Invalid, NotFound
from node.etiquette import weekly_allowance
from node.markdown import render
from node.outbox.service import Audience, publish
from node.push import service as push
from node.search import index
from node.uris import OFFICE
from node.words import N_, Message
from node.work import Node, Reading, Writing
from schemas.activities import Activity
from schemas.values import PUBLIC, Document

_ACCENT = re.compile(r"#[0-9a-f]{6}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True)
class House:
    """The association as pages and letters show it."""

    name: str
    handle: str
    uri: str
    tagline: str
    about: str
    about_html: str
    place: str
    contact_email: str
    languages: tuple[str, ...]
    time_zone: str
    currency: str
    accent: str
    logo_url: str | None
    picture_url: str | None
    is_open_to_applications: bool
    recruitment_policy: str
    offers_a_week: int = weekly_allowance.ALLOWANCE
    shows_previews: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """What an officer can set. None leaves a value as it is."""

    name: str | None = None
    tagline: str | None = None
    about: str | None = None
    place: str | None = None
    contact_email: str | None = None
    languages: tuple[str, ...] | None = None
    time_zone: str | None = None
    currency: str | None = None
    accent: str | None = None
    is_open_to_applications: bool | None = None
    recruitment_policy: str | None = None
    offers_a_week: int | None = None
    shows_previews: bool | None = None


async def found(node: Node, name: str | None = None) -> bool:
    """Make the association, its office and the node's own actor where they are missing; True when it made them.

    Every start calls it: several processes starting together make one of each.
    """
    async with node.reading() as work:
        if await _row(work) is not None:
            return False
    office_keys, instance_keys = await make_many(2)
    async with node.writing() as work:
        if await _row(work) is not None:
            return False
        if not work.config.is_sqlite:  # the first of two starting processes goes on, the second finds its row
            await work.session.execute(sa.text("LOCK TABLE associations IN SHARE ROW EXCLUSIVE MODE"))
            if await _row(work) is not None:
                return False
        office = await actors.create_local(work, "organization", OFFICE, name or work.uris.host, office_keys)
        await actors.create_instance(work, instance_keys)
        await push.make_key(work)
        work.session.add(
            Association(
                actor_id=office.id,
                languages=[work.config.language],
                time_zone=work.config.time_zone,
                is_open_to_applications=work.config.open_applications,
            )
        )
        await index(work, "actor", office.id, office.name)
    return True


async def association(work: Reading) -> Association:
    """Raises NotFound before found() has run."""
    row = await _row(work)
    if row is None:
        raise NotFound
    return row


async def office(work: Reading) -> Actor:
    """The association's own actor."""
    actor = await work.session.scalar(sa.select(Actor).where(Actor.uri == work.uris.office))
    if actor is None:
        raise NotFound
    return actor


async def office_id(work: Reading) -> int:
    """Its key. Raises NotFound."""
    found = await queries.copy(work, work.uris.office)
    if found is None:
        raise NotFound
    return found.id


async def instance(work: Reading) -> Actor:
    """The actor of the node, which signs what nobody in particular asks for."""
    actor = await work.session.scalar(sa.select(Actor).where(Actor.uri == work.uris.instance))
    if actor is None:
        raise NotFound
    return actor


HOUSE_TABLES = ("associations", "actors")
"""Of which house() reads."""


async def house(work: Reading) -> House:
    """How the association presents itself."""
    row, actor = await association(work), await office(work)
    return House(
        name=actor.name,
        handle=actor.handle,
        uri=actor.uri,
        tagline=row.tagline,
        about=row.about,
        about_html=actor.summary,
        place=row.place,
        contact_email=row.contact_email,
        languages=tuple(row.languages),
        time_zone=row.time_zone,
        currency=row.currency,
        accent=row.accent,
        logo_url=work.uris.media(row.logo_digest, "webp") if row.logo_digest else None,
        picture_url=work.uris.media(row.picture_digest, "webp") if row.picture_digest else None,
        is_open_to_applications=row.is_open_to_applications,
        recruitment_policy=row.recruitment_policy,
        offers_a_week=row.offers_a_week,
        shows_previews=row.shows_previews,
    )


async def revise(work: Writing, changes: Changes) -> None:
    """Change the house and tell those who follow it. Raises Invalid."""
    row, actor = await association(work), await office(work)
    _check(changes)
    for field in ("tagline", "about", "place", "contact_email", "time_zone", "currency", "accent",
                  "is_open_to_applications", "recruitment_policy", "offers_a_week", "shows_previews"):  # fmt: skip
        value = getattr(changes, field)
        if value is not None:
            setattr(row, field, value)
    if changes.languages is not None:
        row.languages = list(changes.languages)
    if changes.name is not None:
        actor.name = changes.name.strip()
    actor.summary = render(row.about or row.tagline, {}, work.uris.tag).html
    await index(work, "actor", actor.id, actor.name, row.tagline, row.about, row.place)
    await announce(work, actor)


async def show_picture(work: Writing, purpose: str, digest: str | None) -> None:
    """Use a stored picture as ``logo`` or as the ``header`` of the front door; None takes it away."""
    row, actor = await association(work), await office(work)
    if purpose == "logo":
        row.logo_digest = actor.icon_digest = digest
        actor.icon_url = work.uris.media(digest, "webp") if digest else None
    else:
        row.picture_digest = digest
        actor.image_url = work.uris.media(digest, "webp") if digest else None
    await announce(work, actor)


async def office_document(work: Reading, actor: Actor) -> Document:
    """The association as others read it."""
    row = await association(work)
    lines = [documents.line("Place", row.place)] if row.place else []
    return await documents.document(work, actor, Shown(fields=tuple(lines)))


async def announce(work: Writing, actor: Actor) -> None:
    """Update the association at those who follow it."""
    actor.updated_at = work.now
    activity = Activity(
        id=None,
        type="Update",
        actor=actor.uri,
        objects=(await office_document(work, actor),),
        to=(PUBLIC,),
        cc=(actor.followers_uri or "",),
        published=work.now,
    )
    await publish(work, actor, activity.write(), Audience(public=False, followers=True))


async def _row(work: Reading) -> Association | None:
    return await work.session.scalar(sa.select(Association))


def _check(changes: Changes) -> None:
    wrong: dict[str, Message | str] = {}
    if changes.name is not None and not changes.name.strip():
        wrong["name"] = N_("Your association needs a name.")
    if changes.accent and not _ACCENT.fullmatch(changes.accent):
        wrong["accent"] = N_("Give a colour as # and six digits, such as #7b2d3b.")
    if changes.time_zone is not None and changes.time_zone not in zones.names():
        wrong["time_zone"] = N_("Choose a time zone from the list.")
    if changes.languages is not None and (
        not changes.languages or not all(_LANGUAGE.fullmatch(tag) for tag in changes.languages)
    ):
        wrong["languages"] = N_("Choose at least one language.")
    if changes.recruitment_policy is not None and changes.recruitment_policy not in ("show", "hide", "refuse"):
        wrong["recruitment_policy"] = N_("Choose one of these.")
    if changes.offers_a_week is not None and not 0 <= changes.offers_a_week <= weekly_allowance.MOST:
        wrong["offers_a_week"] = Message(
            N_("Give a number from 0 to %(most)d."), {"most": weekly_allowance.MOST}
        )  # fmt: skip
    if wrong:
        raise Invalid(wrong)
