"""`/api/v1/preferences`, and the lists of the client API that are truly empty here."""

import aiohttp.web as aioweb

from web.api import bearers
from web.api.edge import answer

routes = aioweb.RouteTableDef()


@routes.get("/api/v1/preferences")
async def preferences(request: aioweb.Request) -> aioweb.Response:
    who = await bearers.member(request, "read:accounts")
    return answer(
        {
            "posting:default:visibility": "public",
            "posting:default:sensitive": False,
            "posting:default:language": who.language,
            "posting:default:quote_policy": "public",
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


@routes.get("/api/v1/custom_emojis")
@routes.get("/api/v1/trends")
@routes.get("/api/v1/trends/tags")
@routes.get("/api/v1/trends/statuses")
@routes.get("/api/v1/trends/links")
async def nothing_for_anybody(request: aioweb.Request) -> aioweb.Response:
    """There are no emoji of our own and no trends."""
    return answer([])


@routes.get("/api/v1/announcements")
@routes.get("/api/v1/lists")
@routes.get("/api/v1/filters")
@routes.get("/api/v2/filters")
@routes.get("/api/v1/blocks")
@routes.get("/api/v1/mutes")
@routes.get("/api/v1/domain_blocks")
@routes.get("/api/v1/endorsements")
@routes.get("/api/v1/favourites")
@routes.get("/api/v1/featured_tags")
@routes.get("/api/v1/featured_tags/suggestions")
@routes.get("/api/v1/followed_tags")
@routes.get("/api/v1/scheduled_statuses")
@routes.get("/api/v1/suggestions")
@routes.get("/api/v2/suggestions")
async def nothing_for_members(request: aioweb.Request) -> aioweb.Response:
    """What members cannot make here yet, there is none of."""
    await bearers.member(request, "read", *_AREAS.get(request.path.rstrip("/").rpartition("/")[2], ()))
    return answer([])


_AREAS = {
    "lists": ("read:lists",),
    "filters": ("read:filters",),
    "blocks": ("read:blocks",),
    "domain_blocks": ("read:blocks",),
    "mutes": ("read:mutes",),
    "endorsements": ("read:accounts",),
    "featured_tags": ("read:accounts",),
    "favourites": ("read:favourites",),
    "followed_tags": ("read:follows",),
    "scheduled_statuses": ("read:statuses",),
    "suggestions": ("read:accounts",),
}
"""The narrower scope that is enough, by the last part of the path."""
