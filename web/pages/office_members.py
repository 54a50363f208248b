"""The office looks after members: who they are, inviting new ones, roles, and the association's word for them."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import aiohttp.web as aioweb

from node.accounts import service as accounts
from node.errors import Conflict, Forbidden
from node.members import joining, queries
from node.members.views import MemberLine
from node.words import N_, Message
from node.work import Reading, Writing
from web import forms
from web.addresses import database_key
from web.context import node_of
from web.rendering import page, said
from web.renewal import renew
from web.sessions import admin, officer
from web.translations import languages

routes = aioweb.RouteTableDef()

PAGE = 40
WAVE = 50
STATES = ("", "unclaimed", "officers", "ended")


@routes.get("/office")
async def office(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    return said("/office/members")


@routes.get("/office/members")
async def index(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    query = request.query.get("q", "")[:200]
    state = request.query.get("state", "")
    state = state if state in STATES else ""
    before = database_key(request.query["before"]) if "before" in request.query else None
    async with node_of(request).reading() as work:
        members = await queries.members(
            work, query=query, state="all" if query and not state else state, before=before, limit=PAGE
        )
        current, unclaimed = await queries.count(work), await queries.count(work, unclaimed=True)
        to_invite = await joining.still_to_invite(work)
    older = ""
    if len(members) == PAGE:
        older = "/office/members?" + urlencode({"q": query, "state": state, "before": members[-1].actor_id})
    return page(
        request,
        "office/members.html",
        members=members,
        query=query,
        state=state,
        before=before,
        older=older,
        current=current,
        unclaimed=unclaimed,
        to_invite=to_invite,
        wave=min(WAVE, to_invite),
    )


@routes.post("/office/members/wave")
async def wave(request: aioweb.Request) -> aioweb.Response:
    """Write to the next members whose pages the office made."""
    viewer = officer(request)
    async with node_of(request).writing() as work:
        sent = await joining.invite_to_claim(work, viewer.account_id, WAVE)
    return said(
        "/office/members?state=unclaimed",
        Message(N_("Letters are on their way to %(count)s members."), {"count": sent}),
    )


# inviting somebody new


@routes.get("/office/members/invite")
async def invite_form(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    return _invite_page(request, forms.Form())


@routes.post("/office/members/invite")
async def invite(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    form = await forms.read(request)
    email = form.text("email", most=254, required=False)
    name = form.text("name", most=200, required=False)
    note = form.long_text("note", most=2000, required=False)
    role = form.choice("role", accounts.ROLES, required=False, otherwise="member")
    language = form.choice("language", languages(), required=False)
    if form.valid:
        with form.attempt():
            async with node_of(request).writing() as work:
                invited = await joining.invite(
                    work, viewer.account_id, email=email or None, name=name, note=note, role=role, language=language
                )
            return page(
                request, "office/invited.html", url=invited.url, is_mailed=invited.is_mailed, email=email, name=name
            )
    return _invite_page(request, form, status=422)


def _invite_page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    return page(request, "office/invite.html", status=status, form=form, languages=languages())


# one member


@routes.get(r"/office/members/{username:[a-z0-9_]+}")
async def show(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        member = await queries.member(work, request.match_info["username"])
    return page(request, "office/member.html", member=member, form=forms.Form())


@routes.post(r"/office/members/{username:[a-z0-9_]+}/role")
async def give_role(request: aioweb.Request) -> aioweb.Response:
    viewer = admin(request)
    username = request.match_info["username"]
    node = node_of(request)
    form = await forms.read(request)
    role = form.choice("role", accounts.ROLES)
    async with node.reading() as work:
        member = await queries.member(work, username)
    if form.valid:
        with form.attempt():
            async with node.writing() as work:
                await accounts.set_role(work, viewer.account_id, member.account_id, role)
            return said(f"/office/members/{username}", N_("Saved."))
    return page(request, "office/member.html", status=422, member=member, form=form)


@routes.post(r"/office/members/{username:[a-z0-9_]+}/link")
async def link(request: aioweb.Request) -> aioweb.Response:
    """A link by which they take over their page, to be handed over in person."""
    viewer = officer(request)
    async with node_of(request).writing() as work:
        member = await queries.member(work, request.match_info["username"])
        url = await joining.claim_link(work, viewer.account_id, member.actor_id)
    return page(request, "office/invited.html", url=url, is_mailed=False, email="", name=member.name)


@routes.get(r"/office/members/{username:[a-z0-9_]+}/end")
async def ask_end(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    async with node_of(request).reading() as work:
        member = await queries.member(work, request.match_info["username"])
    return page(request, "office/end.html", member=member)


@routes.post(r"/office/members/{username:[a-z0-9_]+}/end")
async def end(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    username = request.match_info["username"]
    return await _act(
        request,
        lambda work, member: joining.end_membership(work, viewer.account_id, member.actor_id),
        N_("%(name)s is no longer a member."),
        undo=f"/office/members/{username}/resume",
    )


@routes.post(r"/office/members/{username:[a-z0-9_]+}/resume")
async def resume(request: aioweb.Request) -> aioweb.Response:
    viewer = officer(request)
    return await _act(
        request,
        lambda work, member: joining.resume_membership(work, viewer.account_id, member.actor_id),
        N_("%(name)s is a member again."),
    )


@routes.post(r"/office/members/{username:[a-z0-9_]+}/keys")
async def new_keys(request: aioweb.Request) -> aioweb.Response:
    """Announced, or at once where the old ones were stolen."""
    officer(request)
    username = request.match_info["username"]

    async def of_member(work: Reading) -> int:
        return (await queries.member(work, username)).actor_id

    return await renew(request, of_member, f"/office/members/{username}")


@routes.post(r"/office/members/{username:[a-z0-9_]+}/suspend")
async def suspend(request: aioweb.Request) -> aioweb.Response:
    """Nobody comes in by this account any more."""
    viewer = officer(request)

    async def act(work: Writing, member: MemberLine) -> None:
        if member.account_id == viewer.account_id:
            raise Forbidden(N_("You cannot lock yourself out."))
        if member.role != "member" and not viewer.is_admin:
            raise Forbidden(N_("Only an administrator can do this to somebody of the office."))
        await accounts.suspend(work, member.account_id)

    username = request.match_info["username"]
    return await _act(
        request, act, N_("%(name)s cannot log in any more."), undo=f"/office/members/{username}/unsuspend"
    )


@routes.post(r"/office/members/{username:[a-z0-9_]+}/unsuspend")
async def unsuspend(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    return await _act(
        request,
        lambda work, member: accounts.unsuspend(work, member.account_id),
        N_("%(name)s can log in again."),
    )


async def _act(
    request: aioweb.Request,
    act: Callable[[Writing, MemberLine], Awaitable[None]],
    words: str,
    undo: str = "",
) -> aioweb.Response:
    """Do something to one member and go back to them; a refusal is said on their page."""
    username = request.match_info["username"]
    try:
        async with node_of(request).writing() as work:
            member = await queries.member(work, username)
            await act(work, member)
    except Conflict as error:
        return said(f"/office/members/{username}", error.message)
    return said(f"/office/members/{username}", Message(words, {"name": member.name}), undo=undo)
