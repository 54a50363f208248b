"""`/api/commensal/v1/industries`: the codes of what firms do, by the words of everyday."""

import aiohttp.web as aioweb

from node.industries import catalogue
from web.api import bearers, parameters
from web.api.edge import answer

routes = aioweb.RouteTableDef()


@routes.get("/api/commensal/v1/industries")
async def show(request: aioweb.Request) -> aioweb.Response:
    """Those a word or code may mean, the likeliest first; without one, those that have everyday words."""
    await bearers.visitor(request, "read:directory")
    given = parameters.query(request)
    language = given.text("language", most=20) or "en"
    text = given.text("q", most=100) or ""
    found = [catalogue.industries()[code] for code in catalogue.find(text, 20)] if text else catalogue.everyday()
    return answer(
        [
            {
                "code": industry.code,
                "name": industry.name(language),
                "title": industry.title(language),
                "url": catalogue.reference(industry.code),
            }
            for industry in found
        ]
    )
