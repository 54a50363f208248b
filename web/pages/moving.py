"""Coming from, and moving to, an account at another association or network, followers included."""

import aiohttp.web as aioweb

from federation import context
from federation.client import budget
from federation.errors import BadSignature, PeerGone, Refused, Unreachable
from node.accounts import login
from node.accounts import service as accounts
from node.actors import queries as actors
from node.errors import Invalid, NotFound
from node.members import moving
from node.words import N_
from schemas.values import Malformed
from web import forms
from web.context import node_of
from web.rendering import page, said
from web.sessions import member

routes = aioweb.RouteTableDef()


@routes.get("/settings/moving")
async def show(request: aioweb.Request) -> aioweb.Response:
    return await _page(request, forms.Form())


@routes.post("/settings/moving/aliases")
async def add_alias(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    address = form.text("address", most=300, missing=N_("What is the address of your other account?"))
    if form.valid:
        with form.attempt():
            other_id = await _find(request, address)
            async with node_of(request).writing() as work:
                mine = await actors.by_id(work, viewer.actor_id)
                other = await actors.by_id(work, other_id)
                assert mine is not None
                assert other is not None
                await moving.add_alias(work, mine, other)
            return said("/settings/moving", N_("Noted. Now start the move there."))
    return await _page(request, form, status=422)


@routes.post("/settings/moving/aliases/drop")
async def drop_alias(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    form = await forms.read(request)
    async with node_of(request).writing() as work:
        mine = await actors.by_id(work, viewer.actor_id)
        assert mine is not None
        await moving.drop_alias(work, mine, form.data.get("uri", ""))
    return said("/settings/moving", N_("Taken off the list."))


@routes.post("/settings/moving/go")
async def go(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    node = node_of(request)
    form = await forms.read(request)
    address = form.text("new", most=300, missing=N_("What is the address of your new account?"))
    if form.valid:
        with form.attempt():
            async with node.reading() as work:
                has_password = (await accounts.view(work, viewer.account_id)).has_password
            if has_password and not await login.confirm(node, viewer.account_id, form.data.get("password", "")):
                raise Invalid({"password": N_("This is not your password.")})
            new_id = await _find(request, address)
            async with node.writing() as work:
                mine = await actors.by_id(work, viewer.actor_id)
                new = await actors.by_id(work, new_id)
                assert mine is not None
                assert new is not None
                await moving.move(work, mine, new)
            return said(
                "/settings/moving", N_("You have moved. Your followers are told; your page here shows the way.")
            )
        if "address" in form.errors:
            form.errors["new"] = form.errors.pop("address")
    return await _page(request, form, status=422)


@routes.post("/settings/moving/stay")
async def stay(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).writing() as work:
        mine = await actors.by_id(work, viewer.actor_id)
        assert mine is not None
        await moving.stay(work, mine)
    return said("/settings/moving", N_("Your page no longer points elsewhere."))


async def _find(request: aioweb.Request, address: str) -> int:
    """The key of an account as it is at this moment. Raises Invalid."""
    try:
        with budget():
            return (await context.of(request).directory.find(address, fresh=True)).id
    except (NotFound, PeerGone, Malformed) as error:
        raise Invalid(
            {"address": N_("We found nobody by that address. It looks like @you@network.example.")}
        ) from error
    except (Refused, Unreachable, BadSignature) as error:
        raise Invalid({"address": N_("That network does not answer just now. Please try again later.")}) from error


async def _page(request: aioweb.Request, form: forms.Form, status: int = 200) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        found = await moving.standing(work, viewer.actor_id)
        account = await accounts.view(work, viewer.account_id)
    return page(request, "moving/show.html", status=status, form=form, found=found, has_password=account.has_password)
