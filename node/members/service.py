"""A member's own page: both faces, the host card, the pictures; each change goes to those who follow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from node import zones
from node.actors.model import Actor
from node.errors import Invalid, NotFound
from node.ids import new_id
from node.industries import catalogue as industries
from node.markdown import plain, render
from node.members import fields
from node.members.model import HostCard, ProfileField
from node.members.publication import announce
from node.search import forget, index
from node.words import N_, Message
from node.work import Writing

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
OPENS = {"social": N_("Something personal"), "business": N_("Business"), "either": N_("Either is fine")}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody typed into one line, and who shall see it."""

    value: str
    visibility: str = fields.PUBLIC


@dataclass(frozen=True, slots=True)
class Card:
    """A host card as its owner fills it in."""

    opens_with: str = "either"
    languages: Sequence[str] = ()
    hours: Sequence[tuple[str, str]] = ()
    days: Sequence[int] = ()
    time_zone: str = "UTC"
    ask_me_about: Sequence[str] = ()
    please_dont: Sequence[str] = ()
    channels: Sequence[str] = ()
    pace: str = ""


async def revise_profile(
    work: Writing,
    actor_id: int,
    *,
    name: str | None = None,
    entries: Mapping[str, Entry] | None = None,
    is_discoverable: bool | None = None,
    is_indexable: bool | None = None,
    approves_followers: bool | None = None,
) -> Actor:
    """Change a page of ours; lines that are not named stay. Raises Invalid (by line), NotFound."""
    actor = await _own(work, actor_id)
    await write(work, actor, name=name, entries=entries or {})
    if is_discoverable is not None:
        actor.is_discoverable = actor.is_indexable = is_discoverable
    if is_indexable is not None:
        actor.is_indexable = is_indexable
    if is_discoverable is not None or is_indexable is not None:
        await reindex(work, actor)
    if approves_followers is not None:
        actor.approves_followers = approves_followers
    await announce(work, actor)
    return actor


async def revise_host_card(work: Writing, actor_id: int, card: Card) -> None:
    """Change how somebody likes to be approached. Raises Invalid."""
    actor = await _own(work, actor_id)
    _check_card(card)
    row = await work.session.get(HostCard, actor_id)
    if row is None:
        row = HostCard(actor_id=actor_id)
        work.session.add(row)
    row.opens_with = card.opens_with
    row.languages = list(dict.fromkeys(card.languages))
    row.hours = [list(span) for span in sorted(card.hours)]
    row.days = sorted(set(card.days))
    row.time_zone = card.time_zone
    row.ask_me_about = _words(card.ask_me_about)
    row.please_dont = _words(card.please_dont)
    row.channels = _words(card.channels)
    row.pace = card.pace.strip()[:200]
    row.updated_at = work.now
    await work.session.flush()
    await reindex(work, actor)
    await announce(work, actor)


async def show_picture(work: Writing, actor_id: int, purpose: str, digest: str | None) -> None:
    """Use a stored picture as ``avatar`` or ``header``; None takes it away."""
    actor = await _own(work, actor_id)
    url = work.uris.media(digest, "webp") if digest else None
    if purpose == "header":
        actor.image_url = url
    else:
        actor.icon_url, actor.icon_digest = url, digest
    await announce(work, actor)


async def write(
    work: Writing, actor: Actor, *, name: str | None = None, entries: Mapping[str, Entry], only_missing: bool = False
) -> None:
    """Put lines on a page without telling anybody; ``only_missing`` leaves alone what is there. Raises Invalid."""
    wrong: dict[str, Message | str] = {}
    values: dict[str, str] = {}
    for line, entry in entries.items():
        if entry.visibility not in fields.VISIBILITIES:
            wrong[line] = N_("Choose who may see this.")
        try:
            values[line] = fields.read(line, entry.value)
        except Invalid as error:
            wrong |= error.fields
    if name is not None and not name.strip():
        wrong["name"] = N_("What should people call you?")
    if wrong:
        raise Invalid(wrong)
    if name is not None:
        actor.name = " ".join(name.split())[:200]
    rows = {
        row.name: row
        for row in await work.session.scalars(sa.select(ProfileField).where(ProfileField.actor_id == actor.id))
    }
    positions = {kind.name: position for position, kind in enumerate(fields.FIELDS)}
    for line, value in values.items():
        row = rows.get(line)
        if row is None and value:
            row = ProfileField(
                id=new_id(work.now),
                actor_id=actor.id,
                face=fields.BY_NAME[line].face,
                name=line,
                position=positions[line],
            )
            work.session.add(row)
            rows[line] = row
        elif row is None or (only_missing and row.value):
            continue
        elif not value and not only_missing:
            await work.session.delete(row)
            del rows[line]
            continue
        row.value = value or row.value
        row.visibility = entries[line].visibility
    await work.session.flush()
    about = rows.get("about")
    # The summary goes into documents and search, so it follows the same rule as every line.
    is_public = about is not None and bool(fields.visible([about], fields.EVERYONE))
    actor.summary = render(about.value, {}, work.uris.tag).html if about is not None and is_public else ""
    industry = rows.get("industry")
    is_known = industry is not None and bool(fields.visible([industry], fields.EVERYONE))
    actor.industry = industry.value if industry is not None and is_known else ""
    await reindex(work, actor)


async def reindex(work: Writing, actor: Actor) -> None:
    """Let people find what everybody may see of a member, and nothing else."""
    if not actor.is_discoverable or actor.gone_at is not None:
        await forget(work, actor.id)
        return
    rows = (await work.session.scalars(sa.select(ProfileField).where(ProfileField.actor_id == actor.id))).all()
    card = await work.session.get(HostCard, actor.id)
    public = fields.visible(rows, fields.EVERYONE)
    trade = next((row.value for row in public if row.name == "trade"), "")
    await index(
        work,
        "actor",
        actor.id,
        actor.name,
        actor.username,
        plain(actor.summary),
        *(row.value for row in public if row.name != "about"),
        *(card.ask_me_about if card else ()),
        *industries.spoken(actor.industry, trade),
    )


async def _own(work: Writing, actor_id: int) -> Actor:
    actor = await work.session.get(Actor, actor_id)
    if actor is None or not actor.is_local or actor.gone_at is not None:
        raise NotFound
    return actor


def _words(words: Sequence[str]) -> list[str]:
    return [" ".join(word.split())[:100] for word in words if word.strip()][:12]


def _check_card(card: Card) -> None:
    wrong: dict[str, Message | str] = {}
    if card.opens_with not in OPENS:
        wrong["opens_with"] = N_("Choose one of these.")
    if not all(_LANGUAGE.fullmatch(tag) for tag in card.languages) or len(card.languages) > 12:
        wrong["languages"] = N_("Choose languages from the list.")
    if len(card.hours) > 6 or any(not _TIME.fullmatch(time) for span in card.hours for time in span):
        wrong["hours"] = N_("Give times as 08:00 to 10:00.")
    elif any(start >= end for start, end in card.hours):
        wrong["hours"] = N_("Each stretch of time ends after it begins.")
    if not set(card.days) <= set(range(1, 8)):
        wrong["days"] = N_("Choose days of the week.")
    if card.time_zone not in zones.names():
        wrong["time_zone"] = N_("Choose a time zone from the list.")
    if wrong:
        raise Invalid(wrong)
