"""Inviting: asked with the host card in view, answered, corrected, taken back."""

from collections.abc import Mapping
from datetime import datetime

import aiohttp.web as aioweb

from node.actors import queries as actors
from node.errors import Forbidden, NotFound
from node.etiquette import code, first_message, one_message
from node.faces import Face, face
from node.invitations import queries, service
from node.invitations.queries import InvitationView
from node.listings.lineage import Link, links
from node.members import queries as members
from node.words import N_, Message
from web import forms
from web.addresses import database_key
from web.context import node_of, reader
from web.hosts import HostCard, host_card
from web.rendering import format_clock, format_short_day, page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/invitations")
async def index(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    part = request.query.get("show", "received")
    part = part if part in ("received", "sent", "people") else "received"
    async with node_of(request).reading() as work:
        received = await queries.received(work, viewer.actor_id)
        sent = await queries.sent(work, viewer.actor_id) if part == "sent" else []
        answered = await queries.answered(work, viewer.actor_id, limit=10) if part == "received" else []
        people = await queries.connections(work, viewer.actor_id) if part == "people" else []
    return page(
        request,
        "invitations/index.html",
        part=part,
        received=received,
        answered=answered,
        sent=sent,
        people=people,
        form=forms.Form(),
        heard=heard,
    )


def heard(view: InvitationView) -> Message | None:
    """“Alice will get this at 08:00”, while that lies ahead."""
    if view.heard_at is None or not view.is_mine:
        return None
    return will_hear(view.other.name, view.heard_at)


def will_hear(name: str, at: datetime) -> Message:
    """When a host hears of it, in the reader's time."""
    zone = reader().zone
    values = {"name": name, "time": format_clock(at)}
    if at.astimezone(zone).date() == reader().now.astimezone(zone).date():
        return Message(N_("%(name)s will get this at %(time)s."), values)
    return Message(N_("%(name)s will get this on %(day)s at %(time)s."), values | {"day": format_short_day(at)})


@routes.get("/invitations/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    code.require(viewer.etiquette_version)
    return await _form(request, forms.Form(), database_key(request.query.get("to", "")), _source(request.query))


@routes.post("/invitations/new")
async def ask(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    host_id = database_key(form.data.get("to", ""))
    question = form.long_text("question", most=first_message.QUESTION_LIMIT, required=False)
    about = form.long_text("about", most=first_message.ABOUT_LIMIT, required=False)
    lens = form.choice("lens", ("social", "business", "both"), required=False, otherwise="both")
    born_of_id = _source(form.data)
    with form.attempt():
        if not form.errors:
            async with node_of(request).writing() as work:
                ours, host = await actors.by_id(work, viewer.actor_id), await actors.by_id(work, host_id)
                if ours is None or host is None:
                    raise NotFound
                row = await service.connect(work, ours, host, question, about, lens, born_of_id=born_of_id)
                waits = row.notify_at is not None and row.notify_at > work.now
                name, notify_at = host.name or host.username, row.notify_at
            words = (
                will_hear(name, notify_at)
                if notify_at and waits
                else Message(N_("%(name)s has it now."), {"name": name})
            )
            return said("/invitations?show=sent", words)
    return await _form(request, form, host_id, born_of_id, status=422)


def _source(given: Mapping[str, str]) -> int | None:
    """The post from which an invitation begins."""
    return database_key(given["born_of"]) if given.get("born_of") else None


async def _form(
    request: aioweb.Request, form: forms.Form, host_id: int, born_of_id: int | None, status: int = 200
) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        host = await face(work, host_id)
        if host is None or host.is_gone or host_id == viewer.actor_id:
            raise NotFound
        card = await members.host_card(work, host_id)
        between = await queries.between(work, viewer.actor_id, host_id)
        heard_at = await queries.would_be_heard_at(work, viewer.actor_id, host_id)
        waits = heard_at > work.now
        sources = await links(work, viewer.actor_id, [born_of_id] if born_of_id else [])
    return _page(
        request,
        form,
        host,
        host_card(card) if card else None,
        lens=card.opens_with if card and card.opens_with in ("social", "business") else "both",
        between=between,
        will_hear=will_hear(host.name, heard_at) if waits else None,
        began_in=next(iter(sources.values()), None),
        status=status,
    )


def _page(
    request: aioweb.Request,
    form: forms.Form,
    host: Face,
    card: HostCard | None,
    *,
    lens: str,
    between: InvitationView | None,
    will_hear: Message | None,
    began_in: Link | None = None,
    status: int = 200,
    correcting: InvitationView | None = None,
) -> aioweb.Response:
    return page(
        request,
        "invitations/new.html",
        status=status,
        form=form,
        host=host,
        card=card,
        lens=lens,
        between=between,
        will_hear=will_hear,
        began_in=began_in,
        correcting=correcting,
        topic=request.query.get("topic", "")[:100],
        question_limit=first_message.QUESTION_LIMIT,
        about_limit=first_message.ABOUT_LIMIT,
    )


@routes.get(r"/invitations/{id:\d+}/correct")
async def edit(request: aioweb.Request) -> aioweb.Response:
    return await _correction(request, forms.Form())


@routes.post(r"/invitations/{id:\d+}/correct")
async def correct(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    question = form.long_text("question", most=first_message.QUESTION_LIMIT, required=False)
    about = form.long_text("about", most=first_message.ABOUT_LIMIT, required=False)
    with form.attempt():
        if not form.errors:
            async with node_of(request).writing() as work:
                ours = await actors.by_id(work, viewer.actor_id)
                assert ours is not None
                await service.correct(work, ours, database_key(request.match_info["id"]), question, about)
            return said("/invitations?show=sent", N_("Corrected."))
    return await _correction(request, form, status=422)


async def _correction(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        invitation = await queries.one(work, viewer.actor_id, database_key(request.match_info["id"]))
        card = await members.host_card(work, invitation.other.id)
    if not invitation.is_mine or (not invitation.may_correct and status == 200):
        raise one_message.refuse_second(invitation.other.name)
    return _page(
        request,
        form,
        invitation.other,
        host_card(card) if card else None,
        lens=invitation.lens,
        between=None,
        will_hear=None,
        status=status,
        correcting=invitation,
    )


@routes.post(r"/invitations/{id:\d+}/accept")
async def accept(request: aioweb.Request) -> aioweb.Response:
    form = await forms.read(request)
    answer = form.long_text("answer", most=service.ANSWER_LIMIT, required=False)
    return await _answer(request, "accept", N_("You and %(name)s are connected."), answer)


@routes.post(r"/invitations/{id:\d+}/decline")
async def decline(request: aioweb.Request) -> aioweb.Response:
    return await _answer(request, "decline", N_("Answered: not this time. %(name)s learns that and nothing more."))


@routes.post(r"/invitations/{id:\d+}/withdraw")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    return await _answer(request, "withdraw", N_("Taken back. %(name)s will not be asked."))


@routes.post(r"/invitations/{id:\d+}/end")
async def end(request: aioweb.Request) -> aioweb.Response:
    return await _answer(request, "end", N_("You and %(name)s are no longer connected."))


async def _answer(request: aioweb.Request, verb: str, words: str, answer: str = "") -> aioweb.Response:
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        ours = await actors.by_id(work, viewer.actor_id)
        if ours is None:
            raise Forbidden
        if verb == "accept":
            await service.accept(work, ours, id, answer)
        elif verb == "decline":
            await service.decline(work, ours, id)
        elif verb == "withdraw":
            await service.withdraw(work, ours, id)
        else:
            await service.end(work, ours, id)
        other = (await queries.one(work, viewer.actor_id, id)).other
    back = {"withdraw": "/invitations?show=sent", "end": other.path}.get(verb, "/invitations")
    return said(back, Message(words, {"name": other.name}))
