"""The PDF of a paper, handed out to whom it was checked to be for."""

import re

import aiohttp.web as aioweb

from federation.context import FEDERATION
from federation.papers import file_of
from web.context import node_of

PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def pdf(request: aioweb.Request, paper_id: int, kind: str, number: str) -> aioweb.StreamResponse:
    """The file, printed or fetched if it is not here yet."""
    path = await file_of(node_of(request), request.app[FEDERATION].directory, paper_id)
    name = re.sub(r"[^A-Za-z0-9-]+", "-", f"{kind}-{number}")[:80]
    return aioweb.FileResponse(
        path,
        headers={
            **PRIVATE,
            "Content-Type": "application/pdf",
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
        },
    )
