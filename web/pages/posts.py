"""Posts: one with what it answers and what answers it; writing, correcting and taking back; hashtags."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

import aiohttp.web as aioweb

from federation.negotiation import asks_for_document, redirect
from node.accounts import service as accounts
from node.actors import queries as actors
from node.circles import queries as circles
from node.errors import Invalid, NotFound
from node.etiquette import code
from node.listings import lineage
from node.notifications.service import mark_seen, unread_about
from node.polls import service as polls
from node.polls.queries import is_stale
from node.polls.rules import DAYS, OPTION_LIMIT, OPTIONS, PollDraft
from node.posts import consents, queries, quoting, rules, service, threads, timelines
from node.posts.quoting import POLICIES
from node.posts.service import Draft
from node.previews import service as previews
from node.tags import service as tags
from node.testimonials import queries as testimonials
from node.text import fold
from node.windows import Window
from node.words import N_
from web import forms, pictures
from web.addresses import database_key, own_path
from web.api.lookups import meet_named
from web.context import node_of, reader
from web.filtering import sorted_out
from web.pages import listings
from web.pages.feed import cursor, listings_in
from web.rendering import page, said
from web.sessions import member, visitor

routes = aioweb.RouteTableDef()

TONGUES = ("en", "fr", "de", "es", "it", "nl", "pt", "sv", "da", "nb", "fi", "pl", "cs", "hu", "tr", "uk", "ar")
"""What a post can be marked as written in."""


@routes.get(r"/posts/{id:\d+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    """A post from elsewhere; one of ours has a page below its author's."""
    return await _show(request, "")


@routes.get(r"/@{username:[^/@]+}/{id:\d+}")
async def show_own(request: aioweb.Request) -> aioweb.Response:
    return await _show(request, request.match_info["username"])


async def _show(request: aioweb.Request, username: str) -> aioweb.Response:
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        thread = await queries.thread(work, viewer_id, id)
        post = thread.post
        if asks_for_document(request):
            return redirect(post.uri)
        if request.path != post.path:
            if username and post.author.path != f"/@{username}":
                raise NotFound
            return said(post.path)
        around = [*thread.before, post, *thread.after]
        news = await unread_about(work, viewer.account_id, [view.id for view in around]) if viewer else []
        if post.kind == "listing":
            answer = await listings.show(request, work, thread)
        else:
            cards = await listings_in(work, viewer_id, around)
            known = await threads.known_of(work, post.id)
            keys = await lineage.came_of(work, viewer_id, post.id) if viewer_id is not None else []
            grew = await lineage.links(work, viewer_id, keys)
            answer = page(
                request,
                "posts/show.html",
                of=post.uri if post.author.is_local else "",
                thread=thread,
                cards=cards,
                form=forms.Form(),
                known=known,
                came_of=list(grew.values()),
                quotes=(await quoting.counts(work, [post.id])).get(post.id, 0) if viewer else 0,
                recommendation=await testimonials.of_post(work, viewer_id, id) if post.kind == "testimonial" else None,
            )
        has_more = viewer is not None and await threads.is_due(work, post.id, viewer.account_id)
        has_page = viewer is not None and await previews.is_due(work, post.id)
        has_counts = viewer is not None and post.extras.poll is not None and is_stale(work, post.extras.poll)
    if viewer and (news or has_more or has_counts or has_page):
        async with node_of(request).writing() as work:
            await mark_seen(work, viewer.account_id, news)
            await threads.ask(work, id, viewer.account_id)
            await previews.ask_of(work, id)
            if has_counts:
                await polls.ask_anew(work, id)
    return answer


@routes.get("/tags/{tag}")
async def tag(request: aioweb.Request) -> aioweb.Response:
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    tag = request.match_info["tag"][:100]
    before = cursor(request)
    async with node_of(request).reading() as work:
        posts = await queries.by_tag(work, viewer_id, tag, before=before)
        older = posts[-1].id if len(posts) == queries.PAGE else None
        posts = await sorted_out(work, viewer_id, posts, "public")
        cards = await listings_in(work, viewer_id, posts)
        is_followed = viewer_id is not None and bool(await tags.follows_any(work, viewer_id, [fold(tag)]))
    return page(
        request,
        "posts/tag.html",
        tag=tag,
        posts=posts,
        cards=cards,
        before=before,
        older=older,
        is_followed=is_followed,
    )


@routes.post("/tags/{tag}/follow")
async def follow_tag(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    tag = request.match_info["tag"]
    async with node_of(request).writing() as work:
        tag = await tags.follow(work, viewer.actor_id, tag)
    return said(f"/tags/{quote(tag)}", N_("What is said under this word will be in your feed."))


@routes.post("/tags/{tag}/unfollow")
async def unfollow_tag(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        tag = await tags.unfollow(work, viewer.actor_id, request.match_info["tag"])
    return said(f"/tags/{quote(tag)}", N_("It is no longer in your feed."))


# writing


@routes.get("/posts/new")
async def new(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    parent = await _parent(request, request.query.get("answer", ""))
    text = request.query.get("to", "")[:200]
    begun = request.query.get("content", "")[: rules.TEXT_LIMIT]
    text = f"{text} " if text.startswith("@") else begun
    quoted = await _parent(request, request.query.get("quote", "")) if parent is None else None
    places = await _places(request, parent)
    async with node_of(request).reading() as work:
        habits = await accounts.view(work, viewer.account_id)
    return _compose(request, forms.Form(), parent, quoted=quoted, text=text, places=places, habits=habits)


@routes.post("/posts/new")
@forms.accepts(pictures.FORM_BYTES)
async def publish(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    parent = await _parent(request, form.data.get("answer", ""))
    quoted = await _parent(request, form.data.get("quote", "")) if parent is None else None
    draft, chosen = await _draft(request, form, parent, quoted=quoted)
    if form.valid and draft is not None:
        await meet_named(request, draft.text)
        with form.attempt():
            if parent is None and draft.visibility == "direct" and not code.has_accepted(viewer.etiquette_version):
                raise Invalid({"visibility": N_("Please read our table manners first; they are linked below.")})
            async with node_of(request).writing() as work:
                author = await actors.by_id(work, viewer.actor_id)
                assert author is not None
                post = await service.publish(work, author, draft)
            back = parent.path if parent else own_path(form.data.get("back", ""), "/feed")
            words = N_("Your answer is on its way.") if parent else N_("Said. Whoever follows you sees it now.")
            if quoted is not None and not quoted.author.is_local:
                back, words = f"/posts/{post.id}", N_("Said. What you quote shows once its author agrees.")
            if draft.circle_id is not None:
                back, words = f"/posts/{post.id}", N_("Said in the circle.")
            return said(f"{back}#post-{post.id}" if parent else back, words)
    places = await _places(request, parent)
    return _compose(request, form, parent, quoted=quoted, chosen=chosen, status=422, places=places)


@routes.post(r"/posts/{id:\d+}/unquote")
async def unquote(request: aioweb.Request) -> aioweb.Response:
    """The author of what a post quotes no longer wants that."""
    viewer = member(request)
    id = database_key(request.match_info["id"])
    async with node_of(request).writing() as work:
        author = await actors.by_id(work, viewer.actor_id)
        assert author is not None
        quoted_id = await queries.quoted_in(work, viewer.actor_id, id)
        await consents.take_back(work, author, quoted_id, id)
    return said(f"/posts/{quoted_id}/quotes", N_("It no longer shows what you said."))


@routes.get(r"/posts/{id:\d+}/quotes")
async def quotes(request: aioweb.Request) -> aioweb.Response:
    """What quotes a post, the newest first; its author takes the leave back here."""
    viewer, before = member(request), cursor(request)
    async with node_of(request).reading() as work:
        post = await queries.one(work, viewer.actor_id, database_key(request.match_info["id"]))
        ids = await timelines.quoting(work, viewer.actor_id, post.id, Window(queries.PAGE, below=before))
        found = await queries.views(work, viewer.actor_id, ids)
        shown = await sorted_out(work, viewer.actor_id, found, "public")
    older = ids[-1] if len(ids) == queries.PAGE else None
    return page(request, "posts/quotes.html", post=post, posts=shown, before=before, older=older)


@routes.get(r"/posts/{id:\d+}/edit")
async def edit(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        post = await queries.editable(work, viewer.actor_id, database_key(request.match_info["id"]))
    if post.kind == "listing":
        return said(f"/listings/{post.id}/edit")
    return page(request, "posts/edit.html", form=forms.Form(), post=post, pictures=post.pictures, tongues=TONGUES)


@routes.post(r"/posts/{id:\d+}/edit")
@forms.accepts(pictures.FORM_BYTES)
async def revise(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    async with node_of(request).reading() as work:
        post = await queries.editable(work, viewer.actor_id, database_key(request.match_info["id"]))
    draft, chosen = await _draft(request, form, None, post.id)
    if form.valid and draft is not None:
        await meet_named(request, draft.text)
        with form.attempt():
            async with node_of(request).writing() as work:
                author = await actors.by_id(work, viewer.actor_id)
                assert author is not None
                await service.revise(work, author, post.id, draft)
            return said(post.path, N_("Corrected, here and wherever it went."))
    return page(request, "posts/edit.html", status=422, form=form, post=post, pictures=chosen.views, tongues=TONGUES)


@routes.get(r"/posts/{id:\d+}/withdraw")
async def ask_withdraw(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        post = await queries.one(work, viewer.actor_id, database_key(request.match_info["id"]))
    if not post.is_own:
        raise NotFound
    return page(request, "posts/withdraw.html", post=post)


@routes.post(r"/posts/{id:\d+}/withdraw")
async def withdraw(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        author = await actors.by_id(work, viewer.actor_id)
        assert author is not None
        await service.withdraw(work, author, database_key(request.match_info["id"]))
    return said("/feed", N_("Withdrawn, here and wherever it went."))


async def _parent(request: aioweb.Request, key: str) -> queries.PostView | None:
    if not key:
        return None
    async with node_of(request).reading() as work:
        return await queries.one(work, member(request).actor_id, database_key(key))


async def _draft(
    request: aioweb.Request,
    form: forms.Form,
    parent: queries.PostView | None,
    post_id: int | None = None,
    *,
    quoted: queries.PostView | None = None,
) -> tuple[Draft | None, pictures.Chosen]:
    is_article = form.data.get("form") == "article" or "title" in form.data
    title = form.text("title", most=rules.TITLE_LIMIT) if is_article else ""
    text = form.long_text("text", most=rules.ARTICLE_LIMIT if is_article else rules.TEXT_LIMIT, required=False)
    lens = form.choice("lens", rules.LENSES, required=False, otherwise=parent.lens if parent else "both")
    visibility = form.choice(
        "visibility", rules.VISIBILITIES, required=False, otherwise=parent.visibility if parent else "public"
    )
    warning = form.text("warning", most=rules.WARNING_LIMIT, required=False)
    chosen = await pictures.take(request, form, post_id)
    if not text and not chosen.attached:
        form.wrong("text", N_("Write something first."))
    if not form.valid:
        return None, chosen
    draft = Draft(
        text=text,
        lens=lens,
        visibility=visibility,
        language=form.choice("language", TONGUES, required=False) or reader().language,
        warning=warning,
        parent_id=parent.id if parent else None,
        pictures=chosen.attached,
        title=title,
        poll=_poll(form),
        quoted_id=quoted.id if quoted else None,
        may_quote=form.choice("may_quote", POLICIES, required=False) or None,
        circle_id=database_key(form.data["circle"]) if parent is None and form.data.get("circle") else None,
    )
    return draft, chosen


async def _places(request: aioweb.Request, parent: queries.PostView | None) -> list[tuple[int, str]]:
    """The circles in which something can be begun."""
    if parent is not None:
        return []
    async with node_of(request).reading() as work:
        return await circles.choices(work, member(request).actor_id)


def _poll(form: forms.Form) -> PollDraft | None:
    """What there is to choose from, when the writer filled in any of it."""
    options = [form.text(f"option-{number}", most=OPTION_LIMIT, required=False) for number in range(1, OPTIONS + 1)]
    if not any(options):
        return None
    days = form.choice("lasts", [str(days) for days in DAYS], required=False, otherwise="7")
    return PollDraft([option for option in options if option], form.ticked_box("several"), timedelta(days=int(days)))


def _compose(
    request: aioweb.Request,
    form: forms.Form,
    parent: queries.PostView | None,
    *,
    quoted: queries.PostView | None = None,
    text: str = "",
    chosen: pictures.Chosen | None = None,
    status: int = 200,
    places: Sequence[tuple[int, str]] = (),
    habits: accounts.AccountView | None = None,
) -> aioweb.Response:
    lens = request.query.get("lens", parent.lens if parent else "both")
    usual = habits.posts_to if habits else "public"
    visibility = request.query.get("visibility", parent.visibility if parent else usual)
    return page(
        request,
        "posts/new.html",
        status=status,
        form=form,
        parent=parent,
        quoted=quoted,
        text=text,
        lens=lens if lens in rules.LENSES else "both",
        visibility=visibility if visibility in rules.VISIBILITIES else "public",
        pictures=chosen.views if chosen else (),
        tongues=TONGUES,
        language=habits.posts_in if habits and habits.posts_in in TONGUES else reader().language,
        is_article=parent is None and "article" in (request.query.get("form"), form.data.get("form")),
        poll_days=DAYS,
        circles=places,
        circle=next((id for id, _ in places if str(id) == request.query.get("circle", "")), None),
    )
