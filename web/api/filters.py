"""`/api/v2/filters` and the older `/api/v1/filters`: what a member does not want to see."""

import aiohttp.web as aioweb

from node.errors import Invalid, NotFound
from node.filters import service
from node.filters.model import FilterPost, FilterWord
from node.filters.service import Whole, WordChange
from node.words import N_
from node.work import Reading
from web.addresses import database_key
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.filters import filter_entity, post_entity, word_entity
from web.api.shapes.look import Entity, moment
from web.context import node_of

routes = aioweb.RouteTableDef()

READ, WRITE = "read:filters", "write:filters"


@routes.get("/api/v2/filters")
async def show_all(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        return answer([filter_entity(one) for one in await service.owned(work, who.account_id)])


@routes.post("/api/v2/filters")
async def make(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with service.changing(node_of(request), who.account_id) as work:
        row = await service.make(
            work,
            who.account_id,
            given.text("title") or "",
            given.texts("context"),
            given.text("filter_action") or "warn",
            _seconds(given),
        )
        await service.change_words(work, row, _changes(given))
        return answer(await _one(work, who.account_id, row.id))


@routes.get("/api/v2/filters/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        return answer(await _one(work, who.account_id, _key(request)))


@routes.put("/api/v2/filters/{id}")
async def revise(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with service.changing(node_of(request), who.account_id) as work:
        row = await service.one(work, who.account_id, _key(request))
        if "title" in given:
            service.set_title(row, given.text("title") or "")
        if "context" in given:
            service.set_contexts(row, given.texts("context"))
        if given.text("filter_action"):
            service.set_action(row, given.required("filter_action"))
        if "expires_in" in given:
            await service.set_end(work, row, _seconds(given))
        await service.change_words(work, row, _changes(given))
        return answer(await _one(work, who.account_id, row.id))


@routes.delete("/api/v2/filters/{id}")
async def drop(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with service.changing(node_of(request), who.account_id) as work:
        await service.drop(work, who.account_id, _key(request))
    return answer({})


@routes.get("/api/v2/filters/{id}/keywords")
async def show_words(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        return answer([word_entity(word) for word in (await _whole(work, who.account_id, _key(request))).words])


@routes.post("/api/v2/filters/{id}/keywords")
async def add_word(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with service.changing(node_of(request), who.account_id) as work:
        row = await service.one(work, who.account_id, _key(request))
        return answer(
            word_entity(await service.add_word(work, row, given.text("keyword") or "", bool(given.flag("whole_word"))))
        )


@routes.get("/api/v2/filters/keywords/{id}")
async def show_word(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        return answer(word_entity(await service.word_of(work, who.account_id, _key(request))))


@routes.put("/api/v2/filters/keywords/{id}")
async def revise_word(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with service.changing(node_of(request), who.account_id) as work:
        word: FilterWord = await service.word_of(work, who.account_id, _key(request))
        service.set_word(word, given.text("keyword") or word.text, given.flag("whole_word"))
        await work.session.flush()
        return answer(word_entity(word))


@routes.delete("/api/v2/filters/keywords/{id}")
async def drop_word(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with service.changing(node_of(request), who.account_id) as work:
        await work.session.delete(await service.word_of(work, who.account_id, _key(request)))
    return answer({})


@routes.get("/api/v2/filters/{id}/statuses")
async def show_posts(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        return answer([post_entity(row) for row in (await _whole(work, who.account_id, _key(request))).posts])


@routes.post("/api/v2/filters/{id}/statuses")
async def add_post(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with service.changing(node_of(request), who.account_id) as work:
        row = await service.one(work, who.account_id, _key(request))
        made: FilterPost = await service.add_post(work, row, who.actor_id, database_key(given.required("status_id")))
        return answer(post_entity(made))


@routes.get("/api/v2/filters/statuses/{id}")
async def show_post(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        return answer(post_entity(await service.post_of(work, who.account_id, _key(request))))


@routes.delete("/api/v2/filters/statuses/{id}")
async def drop_post(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with service.changing(node_of(request), who.account_id) as work:
        await work.session.delete(await service.post_of(work, who.account_id, _key(request)))
    return answer({})


# The older API knows one phrase by itself: a word of a filter, by the key of the word.


@routes.get("/api/v1/filters")
async def show_phrases(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        found = await service.owned(work, who.account_id)
        return answer([_phrase(one, word) for one in found for word in one.words])


@routes.post("/api/v1/filters")
async def make_phrase(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    phrase = given.text("phrase") or ""
    async with service.changing(node_of(request), who.account_id) as work:
        row = await service.make(
            work, who.account_id, phrase[:200], given.texts("context"), _action(given), _seconds(given)
        )
        word = await service.add_word(work, row, phrase, bool(given.flag("whole_word")))
        return answer(_phrase(Whole(row, (word,), ()), word))


@routes.get("/api/v1/filters/{id}")
async def show_phrase(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, READ)
    async with node_of(request).reading() as work:
        word = await service.word_of(work, who.account_id, _key(request))
        return answer(_phrase(await _whole(work, who.account_id, word.filter_id), word))


@routes.put("/api/v1/filters/{id}")
async def revise_phrase(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    given = await parameters.read(request)
    async with service.changing(node_of(request), who.account_id) as work:
        word = await service.word_of(work, who.account_id, _key(request))
        row = await service.one(work, who.account_id, word.filter_id)
        service.set_word(word, given.text("phrase") or word.text, given.flag("whole_word"))
        if "context" in given:
            service.set_contexts(row, given.texts("context"))
        if "irreversible" in given:
            service.set_action(row, _action(given))
        if "expires_in" in given:
            await service.set_end(work, row, _seconds(given))
        await work.session.flush()
        return answer(_phrase(Whole(row, (word,), ()), word))


@routes.delete("/api/v1/filters/{id}")
async def drop_phrase(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, WRITE)
    async with service.changing(node_of(request), who.account_id) as work:
        word = await service.word_of(work, who.account_id, _key(request))
        one = await _whole(work, who.account_id, word.filter_id)
        if len(one.words) > 1 or one.posts:
            await work.session.delete(word)
        else:
            await service.drop(work, who.account_id, word.filter_id)
    return answer({})


def _phrase(one: Whole, word: FilterWord) -> Entity:
    return {
        "id": str(word.id),
        "phrase": word.text,
        "context": one.filter.contexts,
        "whole_word": word.is_whole_word,
        "expires_at": moment(one.filter.expires_at) if one.filter.expires_at else None,
        "irreversible": one.filter.action == "hide",
    }


def _action(given: Parameters) -> str:
    return "hide" if given.flag("irreversible") else "warn"


def _changes(given: Parameters) -> list[WordChange]:
    return [
        WordChange(row.key("id"), row.text("keyword"), row.flag("whole_word"), bool(row.flag("_destroy")))
        for row in given.rows("keywords_attributes", most=service.MOST_WORDS)
    ]


def _seconds(given: Parameters) -> int | None:
    text = (given.text("expires_in") or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Invalid({"expires_in": N_("Please give a number of seconds.")})
    return int(text)


async def _whole(work: Reading, account_id: int, filter_id: int) -> Whole:
    found = await service.whole(work, [await service.one(work, account_id, filter_id)])
    if not found:
        raise NotFound
    return found[0]


async def _one(work: Reading, account_id: int, filter_id: int) -> Entity:
    return filter_entity(await _whole(work, account_id, filter_id))


def _key(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])
