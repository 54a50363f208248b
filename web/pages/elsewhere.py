"""Pictures of people and posts from elsewhere, shown from our own copy and fetched when first looked at."""

import aiohttp.web as aioweb

from federation import context, pictures
from node.access import can_read
from node.accounts import sessions
from node.media import service as media
from web.addresses import database_key
from web.context import node_of
from web.sessions import session_token

routes = aioweb.RouteTableDef()

_FACE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="#efe7d8"/>
<g fill="#b9a98f"><circle cx="48" cy="38" r="16"/><path d="M16 92c2-24 16-34 32-34s30 10 32 34z"/></g></svg>"""
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 72"><rect width="96" height="72" fill="#efe7d8"/>
<path d="M22 54l16-20 12 14 8-8 16 14z" fill="#cdbfa6"/><circle cx="66" cy="24" r="6" fill="#cdbfa6"/></svg>"""

_EMOJI = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"
fill="#cdbfa6"/></svg>"""


@routes.get(r"/media/elsewhere/{id:\d+}")
async def picture(request: aioweb.Request) -> aioweb.Response:
    """For whoever may read the post. Others see what they see of one that is not there, and nobody is asked for it."""
    media_id = database_key(request.match_info["id"])
    async with node_of(request).reading() as work:
        known = await sessions.find(work, session_token(request))
        post_id = await media.post_with(work, media_id)
        viewer_id = known.actor_id if known is not None else None
        if post_id is None or not await can_read(work, viewer_id, post_id):
            return _shown(None, _PICTURE)
    digest = await pictures.of_post(node_of(request), context.of(request).directory, media_id)
    return _shown(digest, _PICTURE)


@routes.get(r"/media/faces/{id:\d+}")
async def face(request: aioweb.Request) -> aioweb.Response:
    directory = context.of(request).directory
    digest = await pictures.of_actor(node_of(request), directory, database_key(request.match_info["id"]))
    return _shown(digest, _FACE)


@routes.get(r"/media/emojis/{id:\d+}")
async def emoji(request: aioweb.Request) -> aioweb.Response:
    directory = context.of(request).directory
    digest = await pictures.of_emoji(node_of(request), directory, database_key(request.match_info["id"]))
    return _shown(digest, _EMOJI)


@routes.get(r"/media/previews/{id:\d+}")
async def preview(request: aioweb.Request) -> aioweb.Response:
    directory = context.of(request).directory
    digest = await pictures.of_preview(node_of(request), directory, database_key(request.match_info["id"]))
    return _shown(digest, _PICTURE)


def _shown(digest: str | None, instead: str) -> aioweb.Response:
    """Our copy, or a quiet drawing as long as there is none."""
    if digest is None:
        headers = {"Cache-Control": "private, max-age=60", "X-Content-Type-Options": "nosniff"}
        return aioweb.Response(text=instead, content_type="image/svg+xml", headers=headers)
    headers = {"Location": f"/media/{digest}.webp", "Cache-Control": "private, max-age=3600"}
    return aioweb.Response(status=302, headers=headers)
