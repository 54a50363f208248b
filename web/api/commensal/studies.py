"""`/api/commensal/v1/studies`: a few questions to a panel; what was answered is shown together, from five on."""

from typing import Any

import aiohttp.web as aioweb

from node.actors.model import Actor
from node.errors import Invalid
from node.studies import queries, rules, service
from node.studies.queries import StudyView
from node.studies.rules import Question, Tally
from node.words import N_
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.commensal.shapes import person
from web.api.commensal.times import time_in
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.look import Entity, Look, look_of, moment
from web.api.statuses import spoken_language
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:statuses", "write:statuses"


@routes.get("/api/commensal/v1/studies")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    """Those that can be answered, newest first; ``mine`` only one's own, also when they are over."""
    who = await bearers.visitor(request, READ)
    is_mine = who is not None and bool(parameters.query(request).flag("mine"))
    async with node_of(request).reading() as work:
        viewer = await work.session.get(Actor, who.actor_id) if who is not None and who.actor_id else None
        found = await queries.newest(work, viewer, only_own=is_mine)
    return answer([_study(look_of(request), view) for view in found])


@routes.post("/api/commensal/v1/studies")
async def publish(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    ends_at = time_in(given, "ends_at")
    if ends_at is None:
        raise Invalid({"ends_at": N_("Choose a day that is still to come.")})
    draft = service.Draft(
        title=given.required("title", most=1000),
        purpose=given.required("purpose", most=5000),
        panel=given.text("panel", most=20) or "open",
        questions=[_question(row) for row in given.rows("questions")],
        ends_at=ends_at,
        hosts=given.texts("hosts"),
        floor=given.whole("floor", least=0, most=1000, otherwise=rules.FLOOR),
        idea_id=given.key("idea_id"),
        language=spoken_language(given, who),
    )
    async with node_of(request).writing() as work:
        study = await service.publish(work, await work.session.get_one(Actor, who.actor_id), draft)
    return await _shown(request, who.actor_id, study.id)


@routes.get("/api/commensal/v1/studies/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, READ)
    return await _shown(request, who.actor_id if who else None, _id(request))


@routes.post("/api/commensal/v1/studies/{id}/answers")
async def give_answers(request: aioweb.Request) -> aioweb.Response:
    """``answers[][value]`` in the order of the questions, and ``consent``: one agrees to what it is for."""
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    if not given.flag("consent"):
        raise Invalid({"consent": N_("Please say that you agree to what it is for.")})
    async with node_of(request).writing() as work:
        me = await work.session.get_one(Actor, who.actor_id)
        study = await queries.one(work, me, _id(request))
        typed = given.rows("answers")
        values = [
            _value(question, typed[place] if place < len(typed) else Parameters())
            for place, question in enumerate(study.questions)
        ]
        await service.answer(work, me, study.id, values)
    return await _shown(request, who.actor_id, _id(request))


@routes.post("/api/commensal/v1/studies/{id}/close")
async def close(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with node_of(request).writing() as work:
        await service.close(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    return await _shown(request, who.actor_id, _id(request))


# inside


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


def _question(row: Parameters) -> Question:
    text = " ".join((row.text("text", most=5000) or "").split())
    return Question(text, row.text("kind", most=20) or "", tuple(row.texts("options")))


def _value(question: Question, typed: Parameters) -> Any:
    """An answer as node.studies.rules reads it: places of options, a number, or text."""
    if question.kind == "many":
        return [_whole(text) for text in typed.texts("value")]
    text = typed.text("value", most=5000)
    return text if question.kind == "text" or text is None else _whole(text)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


async def _shown(request: aioweb.Request, viewer_id: int | None, id: int) -> aioweb.Response:
    async with node_of(request).reading() as work:
        viewer = await work.session.get(Actor, viewer_id) if viewer_id is not None else None
        found = await queries.one(work, viewer, id)
    return answer(_study(look_of(request), found))


def _study(look: Look, view: StudyView) -> Entity:
    return {
        "id": str(view.id),
        "url": look.absolute(f"/studies/{view.id}"),
        "title": view.title,
        "purpose": view.purpose,
        "author": person(look, view.author),
        "panel": view.panel,
        "hosts": list(view.hosts),
        "questions": [question.document() for question in view.questions],
        "floor": view.floor,
        "answers_count": view.answers,
        "may_answer": view.may_answer,
        "has_answered": view.has_answered,
        "is_over": view.is_over,
        "idea_id": str(view.idea_id) if view.idea_id is not None else None,
        "ends_at": moment(view.ends_at),
        "results": [_tally(tally) for tally in view.results] if view.results is not None else None,
        "groups": [{"host": host, "count": count} for host, count in view.groups],
        "others_count": view.others,
    }


def _tally(tally: Tally) -> Entity:
    return {
        "answered": tally.answered,
        "options": [{"text": text, "count": count, "percent": percent} for text, count, percent in tally.rows],
        "mean": tally.mean,
        "texts": list(tally.texts),
    }
