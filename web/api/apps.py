"""`/api/v1/apps`: an app makes itself known."""

import aiohttp.web as aioweb

from node.accounts import apps, throttle
from node.accounts.model import App
from node.push import service as push
from node.push.sealing import public_point
from web.api import bearers, parameters
from web.api.edge import answer
from web.api.shapes.look import Entity
from web.context import address_of, node_of

routes = aioweb.RouteTableDef()


@routes.post("/api/v1/apps")
async def register(request: aioweb.Request) -> aioweb.Response:
    given = await parameters.read(request)
    redirects = [part for text in given.texts("redirect_uris", most=20) for part in text.split() if part]
    node = node_of(request)
    throttle.count(node.config, throttle.REGISTRATIONS, "app", throttle.network(address_of(request)))
    async with node.writing() as work:
        made = await apps.register(
            work,
            given.text("client_name", most=500) or "",
            redirects,
            given.text("scopes", most=2000) or given.text("scope", most=2000),
            (given.text("website", most=2000) or "").strip(),
        )
        pem = await push.make_key(work)
    return answer(
        {
            **_application(made.app, pem),
            "client_id": made.app.client_id,
            "client_secret": made.secret,
            "client_secret_expires_at": 0,
        }
    )


@routes.get("/api/v1/apps/verify_credentials")
async def verify_credentials(request: aioweb.Request) -> aioweb.Response:
    """Whose token this is, as an app; one made on the command line has no registration."""
    held = await bearers.app(request)
    async with node_of(request).reading() as work:
        row = await apps.by_id(work, held.app_id) if held.app_id is not None else None
        pem = await push.key(work)
    if row is not None:
        return answer(_application(row, pem))
    return answer(
        {
            "id": str(held.token_id),
            "name": held.app_name,
            "website": None,
            "scopes": list(held.scopes),
            "redirect_uris": [],
            "redirect_uri": "",
            "vapid_key": public_point(pem) if pem else "",
        }
    )


def _application(row: App, pem: str) -> Entity:
    return {
        "id": str(row.id),
        "name": row.name,
        "website": row.website or None,
        "scopes": row.scopes,
        "redirect_uris": row.redirect_uris,
        "redirect_uri": "\n".join(row.redirect_uris),
        "vapid_key": public_point(pem) if pem else "",
    }
