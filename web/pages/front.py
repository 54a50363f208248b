"""The front door: who this association is, what its members offer and seek, and three ways in."""

from urllib.parse import quote

import aiohttp.web as aioweb

from federation import context as federation
from federation.errors import PeerGone, Refused, Unreachable
from node.accounts import throttle
from node.associations import service as associations
from node.associations.privacy import PROMISES, SINCE
from node.associations.table import table
from node.errors import NotFound
from node.listings import queries as listings
from node.words import N_
from schemas.values import host_of
from web import forms
from web.addresses import own_path
from web.context import address_of, house_of, node_of
from web.rendering import page, said
from web.sessions import set_language, visitor
from web.translations import languages

routes = aioweb.RouteTableDef()

SHOWN = 4


@routes.get("/")
async def door(request: aioweb.Request) -> aioweb.Response:
    if visitor(request) is not None:
        return said("/today")
    async with node_of(request).reading() as work:
        around = await table(work)
        ours = await associations.office_id(work)
        offers = await listings.newest(work, None, listings.Filter(purpose="offer", association_id=ours), limit=SHOWN)
        asks = await listings.newest(work, None, listings.Filter(purpose="request", association_id=ours), limit=SHOWN)
    return page(request, "front/door.html", table=around, offers=offers, asks=asks)


@routes.get("/about")
async def about(request: aioweb.Request) -> aioweb.Response:
    return page(request, "front/about.html")


@routes.get("/privacy")
async def privacy(request: aioweb.Request) -> aioweb.Response:
    return page(request, "front/privacy.html", promises=PROMISES, since=SINCE)


@routes.get("/language/{code}")
async def choose_language(request: aioweb.Request) -> aioweb.Response:
    """Remembers a visitor's language in their browser; members set theirs in their account."""
    code = request.match_info["code"]
    if code not in languages():
        raise NotFound
    response = said(own_path(request.query.get("back", ""), "/"))
    set_language(request, response, code)
    return response


@routes.get("/robots.txt")
async def robots(request: aioweb.Request) -> aioweb.Response:
    closed = ("/settings", "/office", "/follow", "/answer", "/join")
    return aioweb.Response(text="\n".join(["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]))


@routes.get("/follow")
async def follow(request: aioweb.Request) -> aioweb.Response:
    """Leads a visitor to their own network, which asks them there whether they want to follow. Nothing is stored."""
    whom = request.query.get("whom", "")[:300] or house_of(request).handle
    typed = forms.clean(request.query.get("address", ""))[:300].strip()
    if not typed:
        return page(request, "front/follow.html", form=forms.Form(), whom=whom, target="", target_host="")
    form = forms.Form({"address": typed})
    throttle.count(node_of(request).config, throttle.PER_NETWORK, "follow", throttle.network(address_of(request)))
    target = None
    try:
        template = await federation.of(request).directory.follow_page(typed)
        target = (template or "").replace("{uri}", quote(whom.removeprefix("@"), safe=""))
    except (NotFound, PeerGone):
        form.wrong("address", N_("We found nobody by that address. It looks like @you@network.example."))
    except (Refused, Unreachable):
        form.wrong("address", N_("That network does not answer just now. You can search there for us instead."))
    if target is not None and host_of(target) is None:
        form.wrong("address", N_("That network has no page for following. Search there for us instead."))
    if form.errors or target is None:
        return page(request, "front/follow.html", status=422, form=form, whom=whom, target="", target_host="")
    return page(request, "front/follow.html", form=form, whom=whom, target=target, target_host=host_of(target))
