"""`/api/v1/preferences`, and the lists of the client API that are truly empty here."""

import aiohttp.web as aioweb

from node.accounts import service as accounts
from web.api import bearers
from web.api.edge import answer
from web.api.shapes.accounts import WIDTHS
from web.context import node_of

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/preferences")
async def preferences(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:accounts")
    async with node_of(request).reading() as work:
        own = await accounts.view(work, who.account_id)
    return answer(
        {
            "posting:default:visibility": WIDTHS[own.posts_to],
            "posting:default:sensitive": own.posts_are_sensitive,
            "posting:default:language": own.posts_in,
            "posting:default:quote_policy": "public",
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


@routes.get("/api/v1/custom_emojis")
async def nothing_for_anybody(request: aioweb.Request) -> aioweb.Response:
    """There are no emoji of our own."""
    return answer([])


@routes.get("/api/v1/announcements")
@routes.get("/api/v1/endorsements")
@routes.get("/api/v1/scheduled_statuses")
async def nothing_for_members(request: aioweb.Request) -> aioweb.Response:
    """What members cannot make here yet, there is none of."""
    await bearers.member(request, "read", *_AREAS.get(request.path.rstrip("/").rpartition("/")[2], ()))
    return answer([])


_AREAS = {
    "endorsements": ("read:accounts",),
    "scheduled_statuses": ("read:statuses",),
}
"""The narrower scope that is enough, by the last part of the path."""
