"""Circles: those one is in, one with what is said in it, beginning one, and what its moderators do."""

import aiohttp.web as aioweb

from federation import context
from node.actors import queries as actors
from node.actors.keys import make_keys
from node.circles import members, queries, rules, service
from node.circles.rules import Facts
from node.errors import NotFound
from node.faces import path_of
from node.invitations import circles as invitations
from node.media import service as media
from node.pins import circles as on_top
from node.pins import service as pins
from node.posts import circulation
from node.posts import people as names
from node.posts import queries as posts
from node.words import N_, Message
from node.work import Reading
from web import forms
from web.actors import acting, group
from web.addresses import database_key, own_path
from web.api.lookups import find
from web.context import node_of
from web.pages.feed import cursor, listings_in
from web.rendering import page, said
from web.renewal import renew
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()

_CIRCLE = r"/circles/{id:\d+}"


@routes.get("/circles")
async def index(request: aioweb.Request) -> aioweb.Response:
    """Also the door to circles elsewhere: ``?find=@wood@other.example`` looks one up."""
    viewer = visitor(request)
    wanted = request.query.get("find", "").strip()[:300]
    form = forms.Form()
    if wanted and viewer is not None:
        found = await find(request, wanted)
        if found is not None and found.kind == "group":
            return said(f"/@{found.username}" if found.is_local else f"/@{found.username}@{found.handle_host}")
        form.wrong("find", N_("There is no circle of that name, or its home does not answer."))
    viewer_id = viewer.actor_id if viewer else None
    async with node_of(request).reading() as work:
        mine = await queries.mine(work, viewer.actor_id) if viewer else []
        others = await queries.others(work, viewer_id)
        asked = await queries.invitations(work, viewer.actor_id) if viewer else []
    return page(request, "circles/index.html", mine=mine, others=others, asked=asked, form=form, wanted=wanted)


async def show(request: aioweb.Request, actor_id: int) -> aioweb.Response:
    """The page of a circle, ours or from elsewhere."""
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    before = cursor(request)
    async with node_of(request).reading() as work:
        circle = await queries.page(work, actor_id, viewer_id)
        written = await posts.in_circle(work, viewer_id, actor_id, before=before)
        pinned = await posts.views(work, viewer_id, await pins.pinned(work, viewer_id, actor_id)) if not before else []
        actor = await actors.by_id(work, actor_id)
        is_stale = viewer is not None and actor is not None and pins.is_stale(work, actor)
        cards = await listings_in(work, viewer_id, [*written, *pinned])
    if is_stale:
        async with node_of(request).writing() as work:
            await pins.ask(work, actor_id)
    return page(
        request,
        "circles/show.html",
        of=circle.uri if circle.is_local else "",
        circle=circle,
        posts=written,
        on_top=pinned,
        cards=cards,
        before=before,
        older=written[-1].cursor if len(written) == posts.PAGE else None,
    )


# beginning, describing, ending


@routes.get("/circles/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    member(request)
    return _edit(request, forms.Form(), queries.Facts("", "", "open", False, False), None)


@routes.post("/circles/new")
async def create(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    facts = _read(form)
    if form.valid:
        with form.attempt():
            rules.check(facts)
            keys = await make_keys()
            async with node_of(request).writing() as work:
                circle = await service.create(work, await acting(work, viewer), facts, keys)
            return said(f"/@{circle.username}", N_("Your circle is there. Invite the first people."))
    return _edit(request, form, queries.Facts("", "", "open", False, False), None, status=422)


@routes.get(f"{_CIRCLE}/edit")
async def edit(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        facts = await queries.facts(work, circle_id, viewer.actor_id)
        view = await queries.page(work, circle_id, viewer.actor_id)
    return _edit(request, forms.Form(), facts, view)


@routes.post(f"{_CIRCLE}/edit")
@forms.accepts(12 * forms.MIB)
async def revise(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    form = await forms.read(request)
    node = node_of(request)
    async with node.reading() as work:
        before = await queries.facts(work, circle_id, viewer.actor_id)
        view = await queries.page(work, circle_id, viewer.actor_id)
    facts, uploads = _read(form), form.uploads("picture", most=1)
    if form.valid:
        with form.attempt():
            rules.check(facts)
            digest = None
            if uploads:
                digest = (await media.store(node, circle_id, uploads[0].content, "avatar")).digest
            async with node.writing() as work:
                moderator = await acting(work, viewer)
                await service.revise(work, moderator, circle_id, facts)
                if digest or form.ticked_box("no_picture"):
                    await service.show_picture(work, moderator, circle_id, digest)
            return said(view.path, N_("Saved."))
    return _edit(request, form, before, view, status=422)


@routes.post(f"{_CIRCLE}/keys")
async def new_keys(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])

    async def of_circle(work: Reading) -> int:
        await members.moderated(work, circle_id, viewer.actor_id)
        return circle_id

    return await renew(request, of_circle, f"/circles/{circle_id}/edit")


def _read(form: forms.Form) -> Facts:
    return Facts(
        name=form.text("name", most=rules.NAME_LIMIT, missing=N_("What is the circle called?")),
        about=form.long_text("about", most=rules.ABOUT_LIMIT, required=False),
        openness=form.choice("openness", rules.OPENNESS, otherwise="open"),
        is_closed=form.ticked_box("closed"),
        only_moderators_post=form.ticked_box("only_moderators"),
    )


def _edit(
    request: aioweb.Request,
    form: forms.Form,
    facts: queries.Facts,
    circle: queries.CircleView | None,
    status: int = 200,
) -> aioweb.Response:
    return page(request, "circles/edit.html", status=status, form=form, facts=facts, circle=circle)


@routes.get(f"{_CIRCLE}/end")
async def ask_end(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        await queries.facts(work, circle_id, viewer.actor_id)
        circle = await queries.page(work, circle_id, viewer.actor_id)
    return page(request, "circles/end.html", circle=circle)


@routes.post(f"{_CIRCLE}/end")
async def end(request: aioweb.Request) -> aioweb.Response:
    async with node_of(request).writing() as work:
        await service.end(work, await acting(work, member(request)), database_key(request.match_info["id"]))
    return said("/circles", N_("The circle no longer meets. What was said stays with those who said it."))


# coming and going


@routes.post(f"{_CIRCLE}/join")
async def join(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        circle = await group(work, request)
        state = await members.join(work, await acting(work, viewer), circle)
        words = (
            N_("You are in.")
            if state == "member"
            else N_("The circle was asked. You will hear when there is an answer.")
        )
        return said(path_of(circle), words)


@routes.post(f"{_CIRCLE}/leave")
async def leave(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        circle = await group(work, request)
        await members.leave(work, await acting(work, viewer), circle)
        return said(path_of(circle), N_("You are no longer in this circle."))


@routes.post(r"/circles/invitations/{id:\d+}/{answer:accept|decline}")
async def answer(request: aioweb.Request) -> aioweb.Response:
    viewer, key = member(request), database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        me = await acting(work, viewer)
        if request.match_info["answer"] == "accept":
            return said(path_of(await invitations.accept(work, me, key)), N_("Welcome. They know that you said yes."))
        await invitations.decline(work, me, key)
        return said("/circles", N_("Not this time, then."))


# what moderators do


@routes.get(f"{_CIRCLE}/people")
async def people(request: aioweb.Request) -> aioweb.Response:
    """Who is in it, for those who are in it; of an open one, for every member of the association."""
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    begin = request.query.get("from", "")
    start = min(int(begin), 10_000) if begin.isdecimal() and len(begin) < 6 else 0
    async with node_of(request).reading() as work:
        circle = await queries.page(work, circle_id, viewer.actor_id)
        if not circle.is_local or not (circle.is_in or circle.openness == "open"):
            raise NotFound
        is_moderator = circle.may_moderate
        inside = await queries.people(work, circle_id, start=start)
        asking = await queries.people(work, circle_id, "asked") if is_moderator else []
        removed = await queries.people(work, circle_id, "removed") if is_moderator else []
        invited = await queries.invited(work, circle_id) if is_moderator else []
    return page(
        request, "circles/people.html", circle=circle, inside=inside, asking=asking, removed=removed, invited=invited,
        start=start, step=queries.PAGE,
    )  # fmt: skip


_ACTS = {
    "let-in": (members.let_in, N_("%(name)s is in.")),
    "decline": (members.decline, N_("%(name)s was told no.")),
    "remove": (members.remove, N_("%(name)s no longer takes part.")),
    "let-back": (members.let_back, N_("%(name)s may join again.")),
    "appoint": (members.appoint, N_("%(name)s moderates this circle now.")),
    "step-down": (members.step_down, N_("%(name)s no longer moderates this circle.")),
    "uninvite": (invitations.withdraw, N_("%(name)s is no longer invited.")),
}


@routes.post(_CIRCLE + r"/people/{person:\d+}/{act:[a-z-]+}")
async def act(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    if request.match_info["act"] not in _ACTS:
        raise NotFound
    do, words = _ACTS[request.match_info["act"]]
    form = await forms.read(request)
    async with node_of(request).writing() as work:
        other = await actors.by_id(work, database_key(request.match_info["person"]))
        if other is None:
            raise NotFound
        await do(work, await acting(work, viewer), circle_id, other.id)
        name = other.name or other.username
    back = own_path(form.data.get("back", ""), f"/circles/{circle_id}/people")
    return said(back, Message(words, {"name": name}))


@routes.get(f"{_CIRCLE}/invite")
async def ask_invite(request: aioweb.Request) -> aioweb.Response:
    return await _invite(request, forms.Form())


@routes.post(f"{_CIRCLE}/invite")
async def invite(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    form = await forms.read(request)
    whom = form.text("whom", most=300, missing=N_("Whom do you want to invite?"))
    words = form.long_text("words", most=rules.WORDS_LIMIT, required=False)
    if form.valid:
        async with node_of(request).reading() as work:
            found = await names.by_handle(work, whom)
        if found is None:
            found = await find(request, whom)
        if found is None:
            form.wrong("whom", N_("Nobody of that name was found. An address looks like @bob@beta.example."))
        else:
            if not found.is_local:  # what their home reads decides in which form they are asked
                await context.of(request).acquaintance.meet(found.uri, seconds=4)
            with form.attempt():
                async with node_of(request).writing() as work:
                    invited = await actors.by_id(work, found.id)
                    assert invited is not None
                    await invitations.invite(work, await acting(work, viewer), circle_id, invited, words)
                    circle = await group(work, request)
                    name = found.name or found.username
                    return said(path_of(circle), Message(N_("%(name)s is invited."), {"name": name}))
    return await _invite(request, form, status=422)


async def _invite(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        circle = await queries.page(work, circle_id, viewer.actor_id)
    if not circle.may_invite:
        raise NotFound
    return page(request, "circles/invite.html", status=status, form=form, circle=circle)


@routes.post(_CIRCLE + r"/posts/{post:\d+}/{act:pin|unpin}")
async def keep_on_top(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    post_id, is_on_top = database_key(request.match_info["post"]), request.match_info["act"] == "pin"
    async with node_of(request).writing() as work:
        await on_top.keep(work, await acting(work, viewer), circle_id, post_id, is_on_top=is_on_top)
        circle = await group(work, request)
    words = N_("It stands on top of the circle now.") if is_on_top else N_("It no longer stands on top.")
    return said(path_of(circle), words)


@routes.get(_CIRCLE + r"/posts/{post:\d+}/take-out")
async def ask_take_out(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        await queries.facts(work, circle_id, viewer.actor_id)
        circle = await queries.page(work, circle_id, viewer.actor_id)
        post = await posts.one(work, viewer.actor_id, database_key(request.match_info["post"]))
    return page(request, "circles/take_out.html", circle=circle, post=post, form=forms.Form())


@routes.post(_CIRCLE + r"/posts/{post:\d+}/take-out")
async def take_out(request: aioweb.Request) -> aioweb.Response:
    viewer, circle_id = member(request), database_key(request.match_info["id"])
    form = await forms.read(request)
    reason = form.text("reason", most=300, required=False)
    async with node_of(request).writing() as work:
        post_id = database_key(request.match_info["post"])
        await circulation.take_out(work, await acting(work, viewer), circle_id, post_id, reason)
        circle = await group(work, request)
        return said(path_of(circle), N_("It no longer stands in this circle."))
