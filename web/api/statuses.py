"""`/api/v1/statuses`: posting, correcting and withdrawing; a post with its thread."""

import asyncio
import contextlib
import hashlib
import re
from datetime import timedelta
from weakref import WeakValueDictionary

import aiohttp.web as aioweb
import sqlalchemy as sa

from node.accounts import service as accounts
from node.accounts.model import AppRequest
from node.accounts.tokens import Bearer
from node.actors.model import Actor
from node.boosts import service as boosts
from node.deals import queries as deal_queries
from node.deals import service as deals
from node.deals.queries import DealView
from node.errors import Conflict, Invalid, NotFound
from node.media.model import Media
from node.polls.rules import PollDraft
from node.posts import consents, parts, service, threads, timelines, versions
from node.posts.model import Post
from node.posts.parts import Attached
from node.posts.quoting import POLICIES
from node.posts.rules import ARTICLE_LIMIT, PICTURES, SAID
from node.posts.service import Draft
from node.previews import service as previews
from node.words import N_
from node.work import Reading, Writing
from web.addresses import database_key
from web.api import bearers, lookups, parameters
from web.api.edge import answer
from web.api.media import ALT_LIMIT, focal_point
from web.api.paging import links, window
from web.api.parameters import Parameters
from web.api.shapes.deals import deal_of, steps
from web.api.shapes.look import Entity, Look, look_of, moment
from web.api.shapes.statuses import VISIBILITIES, readable_id, readable_post, status, statuses
from web.api.shapes.texts import titled
from web.context import node_of

routes = aioweb.RouteTableDef()

REMEMBERED = timedelta(hours=1)
"""How long a repeated Idempotency-Key gets the post it made."""
_OURS = {theirs: ours for ours, theirs in VISIBILITIES.items() if ours != "circle"}
_ADDRESSED = re.compile(r"\A\s*(@\S+\s+)+")
"""Apps begin an answer with the names of whom it is for."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
"""As far as one can be told from other words; BCP 47."""


@routes.post("/api/v1/statuses")
async def create(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:statuses")
    given = await parameters.read(request)
    _refuse_what_is_missing(given)
    text = _text(given)
    _visibility(given, "public")  # what is wrong with it is said before anybody is looked up
    await lookups.meet_named(request, text)
    key = request.headers.get("Idempotency-Key", "")[:500]
    async with _alone(who, key), node_of(request).writing() as work:
        return answer(await say(work, look_of(request), who, given, key))


async def say(work: Writing, look: Look, who: Bearer, given: Parameters, key: str) -> Entity:
    """Publish what an app sent, or find what an earlier request of the name ``key`` made of it.

    Raises Invalid, NotFound, Forbidden, Conflict.
    """
    text = _text(given)
    if (deal := await _answered_deal(work, who, given)) is not None:
        return await _say_in_deal(work, look, who, deal, text, key)
    earlier = await _claim(work, who, key) if key else None
    if earlier is None:
        author = await work.session.get_one(Actor, who.actor_id)
        earlier = (await service.publish(work, author, await _draft(work, who, given))).id
        if key:
            await _remember(work, who, key, earlier)
    return await status(work, look, who.actor_id, earlier)


async def _draft(work: Reading, who: Bearer, given: Parameters) -> Draft:
    """What the app did not say is as its member likes it."""
    own = await accounts.view(work, who.account_id)
    sensitive = given.flag("sensitive")
    return Draft(
        text=_text(given),
        visibility=_visibility(given, own.posts_to),
        language=spoken_language(given, who) if given.text("language") else own.posts_in,
        warning=(given.text("spoiler_text", most=500) or "").strip(),
        parent_id=await _parent(work, given),
        pictures=await own_pictures(work, who, given),
        is_sensitive=own.posts_are_sensitive if sensitive is None else sensitive,
        poll=_poll(given),
        quoted_id=_key(given, "quoted_status_id"),
        may_quote=_quote_policy(given),
    )


@routes.get("/api/v1/statuses")
async def show_many(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    ids = parameters.query(request).keys("id", most=40)
    async with node_of(request).reading() as work:
        return answer(await statuses(work, look_of(request), who.actor_id if who else None, ids))


@routes.get("/api/v1/statuses/{id}")
async def show(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    viewer_id, look = who.actor_id if who else None, look_of(request)
    async with node_of(request).reading() as work:
        found = await statuses(work, look, viewer_id, [_id(request)])
        if not found:
            every = await steps(work, look, await deal_of(work, viewer_id, _id(request)))
            found = [entity for entity in every if entity["id"] == str(_id(request))]
        return answer(found[0])


@routes.get("/api/v1/statuses/{id}/context")
async def context(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    viewer_id = who.actor_id if who else None
    async with node_of(request).reading() as work:
        try:
            id = await readable_id(work, viewer_id, _id(request))
        except NotFound:
            deal = await deal_of(work, viewer_id, _id(request))
            return answer(_around(await steps(work, look_of(request), deal), str(_id(request))))
        above, below = await timelines.around(work, id)
        below = await timelines.heard(work, viewer_id, below)
        look = look_of(request)
        found = await statuses(work, look, viewer_id, [*above, *below])
        has_more = who is not None and await threads.is_due(work, id, who.account_id)
        has_page = who is not None and await previews.is_due(work, id)
    if who is not None and (has_more or has_page):
        async with node_of(request).writing() as work:
            await threads.ask(work, id, who.account_id)
            await previews.ask_of(work, id)
    outer = {str(id) for id in above}
    return answer(
        {
            "ancestors": [entity for entity in found if entity["id"] in outer],
            "descendants": [entity for entity in found if entity["id"] not in outer],
        }
    )


def _around(thread: list[Entity], id: str) -> Entity:
    place = next(place for place, entity in enumerate(thread) if entity["id"] == id)
    return {"ancestors": thread[:place], "descendants": thread[place + 1 :]}


@routes.get("/api/v1/statuses/{id}/source")
async def source(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:statuses")
    async with node_of(request).reading() as work:
        post = await _own(work, who, request)
        return answer({"id": str(post.id), "text": post.source or "", "spoiler_text": post.warning})


@routes.get("/api/v1/statuses/{id}/history")
async def history(request: aioweb.Request) -> aioweb.Response:
    """The first version first, and last the status as it stands. Pictures are shown as far as they are still there."""
    who = await bearers.visitor(request, "read:statuses")
    async with node_of(request).reading() as work:
        found = await status(work, look_of(request), who.actor_id if who else None, _id(request))
        found = found["reblog"] or found
        kept = {name: found[name] for name in ("account", "emojis")}
        options = [{"title": one["title"]} for one in (found["poll"] or {"options": []})["options"]]
        every = await versions.of(work, int(found["id"]))
        marked = [(version, version is every[-1]) for version in every]
        pictures = {entity["id"]: entity for entity in found["media_attachments"]}
        return answer(
            [
                {
                    **kept,
                    **({"poll": {"options": options}} if options else {}),
                    "content": found["content"] if is_newest else titled(version.title, version.content),
                    "spoiler_text": version.warning,
                    "sensitive": version.is_sensitive,
                    "created_at": moment(version.written_at),
                    "media_attachments": [
                        {**pictures[str(id)], "description": alt or None}
                        for id, alt in version.pictures
                        if str(id) in pictures
                    ],
                }
                for version, is_newest in marked
            ]
        )


@routes.put("/api/v1/statuses/{id}")
async def revise(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:statuses")
    given = await parameters.read(request)
    _refuse_what_is_missing(given)
    await lookups.meet_named(request, given.text("status", most=ARTICLE_LIMIT) or "")
    async with node_of(request).writing() as work:
        post = await _own(work, who, request)
        if post.kind not in SAID:
            raise Invalid(message=N_("Offers and asks are changed on their own page."))
        kept = await work.session.scalars(
            sa.select(Media).where(Media.post_id == post.id).order_by(Media.position, Media.id)
        )
        pictures = [Attached(row.id, row.alt) for row in kept]
        if "media_ids" in given:
            pictures = await own_pictures(work, who, given, post.id)
        changes = {row.text("id"): row for row in given.rows("media_attributes")}
        pictures = [_described(one, changes.get(str(one.media_id))) for one in pictures]
        for one in pictures:
            focus = focal_point(changes[str(one.media_id)]) if str(one.media_id) in changes else None
            if focus is not None:
                row = await work.session.get_one(Media, one.media_id)
                row.focus_x, row.focus_y = focus
        text = given.text("status", most=ARTICLE_LIMIT)
        warning = given.text("spoiler_text", most=500)
        sensitive = given.flag("sensitive")
        draft = Draft(
            text=(post.source or "") if text is None else text,
            lens=post.lens,
            visibility=post.visibility,
            language=spoken_language(given, who) if given.text("language") else post.language,
            warning=post.warning if warning is None else warning.strip(),
            pictures=pictures,
            is_sensitive=post.is_sensitive if sensitive is None else sensitive,
            title=post.title,
            poll=_poll(given),
            may_quote=_quote_policy(given),
        )
        author = await work.session.get_one(Actor, who.actor_id)
        await service.revise(work, author, post.id, draft)
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.delete("/api/v1/statuses/{id}")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    """Answers with what was withdrawn and its source, so that the app can offer to write it anew."""
    who = await bearers.member(request, "write:statuses")
    async with node_of(request).writing() as work:
        me = await work.session.get_one(Actor, who.actor_id)
        boost = await work.session.get(Post, _id(request))
        if boost is not None and boost.boost_of_id is not None and boost.author_id == who.actor_id:
            shown = await status(work, look_of(request), who.actor_id, boost.id)
            await boosts.take_back(work, me, boost.id)
            return answer(shown)
        post = await _own(work, who, request)
        shown = await status(work, look_of(request), who.actor_id, post.id)
        shown["text"] = post.source or ""
        await service.withdraw(work, me, post.id)
        return answer(shown)


@routes.put("/api/v1/statuses/{id}/interaction_policy")
async def allow_quotes(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "write:statuses")
    policy = _quote_policy(await parameters.read(request))
    async with node_of(request).writing() as work:
        post = await _own(work, who, request)
        if policy is not None and policy != (post.may_quote or "public"):
            post.may_quote = policy
            await service.retell(work, post)
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.get("/api/v1/statuses/{id}/quotes")
async def quotes(request: aioweb.Request) -> aioweb.Response:
    """What quotes a post with its author's consent, newest first."""
    who = await bearers.visitor(request, "read:statuses")
    viewer_id = who.actor_id if who else None
    part = window(parameters.query(request))
    async with node_of(request).reading() as work:
        id = await readable_id(work, viewer_id, _id(request))
        ids = await timelines.quoting(work, viewer_id, id, part)
        found = await statuses(work, look_of(request), viewer_id, ids)
        return answer(found, headers=links(request, work.uris.base, part.limit, ids))


@routes.post("/api/v1/statuses/{id}/quotes/{quoting}/revoke")
async def revoke_quote(request: aioweb.Request) -> aioweb.Response:
    """Answers with the status that quoted, as it is shown from now on."""
    who = await bearers.member(request, "write:statuses")
    quoting_id = database_key(request.match_info["quoting"])
    async with node_of(request).writing() as work:
        me = await work.session.get_one(Actor, who.actor_id)
        post = await consents.take_back(work, me, _id(request), quoting_id)
        return answer(await status(work, look_of(request), who.actor_id, post.id))


@routes.post("/api/v1/statuses/{id}/translate")
async def translate(request: aioweb.Request) -> aioweb.Response:
    """As Mastodon answers where no translator is set up."""
    who = await bearers.member(request, "read:statuses")
    async with node_of(request).reading() as work:
        await readable_post(work, who.actor_id, _id(request))
    raise NotFound(N_("Posts are not translated here."))


@routes.get("/api/v1/statuses/{id}/card")
async def card(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.visitor(request, "read:statuses")
    async with node_of(request).reading() as work:
        found = await status(work, look_of(request), who.actor_id if who else None, _id(request))
        return answer(found["card"] or {})


async def _answered_deal(work: Reading, who: Bearer, given: Parameters) -> DealView | None:
    """The deal, where what is answered is a step of one."""
    with contextlib.suppress(NotFound):
        step_id = given.key("in_reply_to_id")
        return await deal_of(work, who.actor_id, step_id) if step_id is not None else None
    return None


async def _say_in_deal(work: Writing, look: Look, who: Bearer, deal: DealView, text: str, key: str) -> Entity:
    """What is answered to a step of a deal is said in the deal. Raises NotNow, Invalid."""
    words = _ADDRESSED.sub("", text)
    me = await work.session.get_one(Actor, who.actor_id)
    await deals.take(work, me, deal.id, "ask", words=words, key=_hashed(key) if key else "")
    said = await deal_queries.one(work, who.actor_id, deal.id)
    newest = max(step.id for step in said.steps if step.is_mine)
    return next(one for one in await steps(work, look, said) if one["id"] == str(newest))


# reading what was sent


def _id(request: aioweb.Request) -> int:
    return database_key(request.match_info["id"])


async def _own(work: Reading, who: Bearer, request: aioweb.Request) -> Post:
    found = await parts.own(work, await work.session.get_one(Actor, who.actor_id), _id(request))
    if not found.is_local:
        raise NotFound
    return found


def _refuse_what_is_missing(given: Parameters) -> None:
    if given.text("scheduled_at", most=100):
        raise Invalid({"scheduled_at": N_("Posts cannot be scheduled here. Please send it when it is time.")})


def _poll(given: Parameters) -> PollDraft | None:
    """The question that goes with the status; how long it runs is told in seconds."""
    asked = given.below("poll")
    if not asked.names():
        return None
    lasts = asked.whole("expires_in", least=0, most=10**9, otherwise=86_400)
    return PollDraft(asked.texts("options", most=20), bool(asked.flag("multiple")), timedelta(seconds=lasts))


def _text(given: Parameters) -> str:
    return given.text("status", most=20_000) or ""


def _described(picture: Attached, change: Parameters | None) -> Attached:
    """A picture with the words it is to have now; they may also be taken away."""
    words = change.text("description", most=ALT_LIMIT) if change is not None else None
    return picture if words is None else Attached(picture.media_id, words.strip())


def _quote_policy(given: Parameters) -> str | None:
    wanted = given.text("quote_approval_policy", most=20) or None
    if wanted not in (None, *POLICIES):
        raise Invalid({"quote_approval_policy": N_("Choose public, followers or nobody.")})
    return wanted


def _visibility(given: Parameters, otherwise: str) -> str:
    """In our words."""
    wanted = given.text("visibility", most=50)
    if not wanted:
        return otherwise
    if wanted not in _OURS:
        raise Invalid({"visibility": N_("Choose public, unlisted, private or direct.")})
    return _OURS[wanted]


def spoken_language(given: Parameters, who: Bearer) -> str:
    """The language named, as far as it can be one; else the member's own."""
    wanted = given.text("language", most=100) or ""
    return wanted if LANGUAGE.fullmatch(wanted) and len(wanted) <= 20 else who.language


async def _parent(work: Reading, given: Parameters) -> int | None:
    key = _key(given, "in_reply_to_id")
    parent = await work.session.get(Post, key) if key is not None else None
    return parent.boost_of_id if parent is not None and parent.boost_of_id is not None else key


def _key(given: Parameters, name: str) -> int | None:
    try:
        return given.key(name)
    except NotFound:
        raise NotFound(N_("What you answer is no longer there.")) from None


async def own_pictures(work: Reading, who: Bearer, given: Parameters, post_id: int | None = None) -> list[Attached]:
    """The pictures named, in their order. Raises Invalid for those of anybody else, or of another post."""
    ids = list(dict.fromkeys(given.keys("media_ids")))
    if len(ids) > PICTURES:
        raise Invalid({"media_ids": N_("At most 4 pictures go with a post.")})
    if not ids:
        return []
    rows = await work.session.scalars(
        sa.select(Media).where(
            Media.id.in_(ids),
            Media.owner_id == who.actor_id,
            sa.or_(Media.post_id.is_(None), Media.post_id == (post_id or 0)),
        )
    )
    alts = {row.id: row.alt for row in rows}
    if len(alts) < len(ids):
        raise Invalid({"media_ids": N_("One of these pictures is not there, or belongs to another post.")})
    return [Attached(id, alts[id]) for id in ids]


# the same request twice

_same: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()


def _alone(who: Bearer, key: str) -> contextlib.AbstractAsyncContextManager[None]:
    """Repeats wait here for the first: in the database each of them would hold a connection while it waits."""
    return _same.setdefault((who.account_id, key), asyncio.Lock()) if key else contextlib.nullcontext()


async def _claim(work: Writing, who: Bearer, key: str) -> int | None:
    """The post an earlier request of this name made; None when this one is the first, and the name is taken now."""
    await work.session.execute(
        sa.delete(AppRequest).where(
            AppRequest.account_id == who.account_id, AppRequest.created_at < work.now - REMEMBERED
        )
    )
    insert = work.insert(AppRequest)
    hashed = _hashed(key)
    first = await work.session.scalar(
        insert.values(account_id=who.account_id, key_hash=hashed, post_id=0, created_at=work.now)
        .on_conflict_do_nothing(index_elements=["account_id", "key_hash"])
        .returning(AppRequest.account_id)
    )
    if first is not None:
        return None
    row = await work.session.get_one(AppRequest, (who.account_id, hashed))
    post = await work.session.get(Post, row.post_id)
    if post is None or post.deleted_at is not None:
        raise Conflict(N_("This was sent before, and was withdrawn since."))
    return post.id


async def _remember(work: Writing, who: Bearer, key: str, post_id: int) -> None:
    row = await work.session.get_one(AppRequest, (who.account_id, _hashed(key)))
    row.post_id = post_id


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
