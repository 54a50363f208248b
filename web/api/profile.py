"""`/api/v1/accounts/update_credentials`: a member changes their page in an app."""

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.accounts import service as private
from node.accounts.model import Account
from node.accounts.tokens import Bearer
from node.actors.model import Actor
from node.errors import Invalid
from node.media import service as media
from node.members import fields, service
from node.members.model import ProfileField
from node.members.service import Entry
from node.words import N_, Message
from node.work import Reading, Writing
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.accounts import ABOUT, WIDTHS, own_account
from web.api.shapes.look import Entity, look_of
from web.api.statuses import LANGUAGE
from web.api.tags import featured_tags
from web.context import node_of
from web.translations import say

routes = aioweb.RouteTableDef()

_PICTURES = ("avatar", "header")
_OURS = {theirs: ours for ours, theirs in WIDTHS.items()}


@routes.get("/api/v1/profile")
async def show(request: aioweb.Request) -> aioweb.Response:
    """What can be changed of one's own page; newer apps ask for it apart."""
    who = await bearers.member(request, "read:accounts", "profile")
    return answer(await _profile(request, who))


@routes.patch("/api/v1/profile")
async def revise_profile(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    await _revise(request, who)
    return answer(await _profile(request, who))


@routes.patch("/api/v1/accounts/update_credentials")
async def revise(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    await _revise(request, who)
    return await _shown(request, who)


async def _revise(request: aioweb.Request, who: Bearer) -> None:
    given = await parameters.read(request, most=2 * parameters.LARGE)
    node = node_of(request)
    for purpose in _PICTURES:
        await _keep_picture(request, who, given, purpose)
    name = given.text("display_name", most=200)
    async with node.writing() as work:
        entries = await _entries(work, who, given)
        await service.revise_profile(
            work,
            who.actor_id,
            name=name if name and name.strip() else None,
            entries=entries,
            is_discoverable=given.flag("discoverable"),
            is_indexable=given.flag("indexable"),
            approves_followers=given.flag("locked"),
        )
        await _keep_habits(work, who, given.below("source"))


async def _keep_habits(work: Writing, who: Bearer, given: Parameters) -> None:
    """How the member posts where an app says nothing. Raises Invalid."""
    width = given.text("privacy", most=20)
    if width and width not in _OURS:
        raise Invalid({"source[privacy]": N_("Choose public, unlisted or private.")})
    language = given.text("language", most=20)
    await private.revise(
        work,
        who.account_id,
        posts_to=_OURS[width] if width else None,
        posts_are_sensitive=given.flag("sensitive"),
        posts_in=language if language is None or LANGUAGE.fullmatch(language) else "",
    )


@routes.delete("/api/v1/profile/avatar")
@routes.delete("/api/v1/profile/header")
async def take_picture_away(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:accounts")
    purpose = request.path.rstrip("/").rpartition("/")[2]
    async with node_of(request).writing() as work:
        await service.show_picture(work, who.actor_id, purpose, None)
    return await _shown(request, who)


async def _keep_picture(request: aioweb.Request, who: Bearer, given: Parameters, purpose: str) -> None:
    file = given.upload(purpose)
    if file is None or not file.content:
        return
    node = node_of(request)
    try:
        stored = await media.store(node, who.actor_id, file.content, purpose)
    except Invalid as error:
        raise Invalid({purpose: next(iter(error.fields.values()), error.message)}) from None
    async with node.writing() as work:
        await service.show_picture(work, who.actor_id, purpose, stored.digest)


async def _entries(work: Reading, who: Bearer, given: Parameters) -> dict[str, Entry]:
    """The lines to change. Apps know free lines only; ours have names, by which they find their place."""
    seen_by = {
        row.name: row.visibility
        for row in await work.session.scalars(sa.select(ProfileField).where(ProfileField.actor_id == who.actor_id))
    }
    wanted: dict[str, str] = {}
    note = given.text("note", most=5000)
    if note is not None:
        wanted[ABOUT] = note
    labels = {label.casefold(): kind.name for kind in fields.FIELDS for label in (kind.label, say(kind.label))}
    for row in given.rows("fields_attributes"):
        label = (row.text("name", most=255) or "").strip()
        value = (row.text("value", most=2000) or "").strip()
        if not label:
            continue
        if label.casefold() not in labels:
            known = ", ".join(say(kind.label) for kind in fields.FIELDS if kind.name != ABOUT)
            raise Invalid({"fields": Message(N_("A page here has these lines: %(known)s."), {"known": known})})
        wanted[labels[label.casefold()]] = value
    return {name: Entry(value, seen_by.get(name, fields.PUBLIC)) for name, value in wanted.items()}


async def _shown(request: aioweb.Request, who: Bearer) -> aioweb.Response:
    async with node_of(request).reading() as work:
        return answer(await _own(request, who, work))


async def _own(request: aioweb.Request, who: Bearer, work: Reading) -> Entity:
    account = await work.session.get_one(Account, who.account_id)
    return await own_account(work, look_of(request), await work.session.get_one(Actor, who.actor_id), account)


async def _profile(request: aioweb.Request, who: Bearer) -> Entity:
    async with node_of(request).reading() as work:
        own = await _own(request, who, work)
        shown = await featured_tags(work, who.actor_id)
    return {
        **{name: own[name] for name in _PLAINLY},
        **{name: own["source"][name] for name in ("note", "fields", "attribution_domains")},
        "avatar_description": "",
        "header_description": "",
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "featured_tags": shown,
        "formatted_note": own["note"],
        "formatted_fields": own["fields"],
    }


_PLAINLY = (
    "id", "display_name", "avatar", "avatar_static", "header", "header_static", "locked", "bot", "hide_collections",
    "discoverable", "indexable",
)  # fmt: skip
"""What is the same in an account."""
