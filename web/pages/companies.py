"""A company's page and an association's page."""

import aiohttp.web as aioweb

from node.companies import queries
from node.companies.service import SIZES
from node.follows import queries as ties
from node.follows.queries import Ties
from node.matching import queries as people
from node.matching.queries import Wanted
from node.posts import queries as posts
from node.testimonials import queries as testimonials
from web.context import node_of
from web.pages.feed import cursor, listings_in
from web.rendering import page
from web.sessions import visitor

routes = aioweb.RouteTableDef()


async def show(request: aioweb.Request, actor_id: int) -> aioweb.Response:
    """The page of a company, ours or from elsewhere; of another association, when it is one."""
    viewer = visitor(request)
    viewer_id = viewer.actor_id if viewer else None
    before = cursor(request)
    async with node_of(request).reading() as work:
        company = await queries.page(work, actor_id, viewer_id)
        written = await posts.by_author(work, viewer_id, actor_id, before=before)
        cards = await listings_in(work, viewer_id, written)
        between = await ties.ties(work, viewer_id, actor_id) if viewer_id else Ties()
        people_ids = [] if company.is_association else [face.id for face, _ in company.people]
        recommended = await testimonials.shown_of(work, viewer_id, [actor_id, *people_ids])
        members = None
        if company.is_association:
            members = await people.directory(work, viewer_id, Wanted(association_id=actor_id), limit=12)
    return page(
        request,
        "companies/show.html",
        company=company,
        sizes=SIZES,
        members=members,
        recommended=recommended,
        posts=written,
        cards=cards,
        ties=between,
        before=before,
        older=written[-1].id if len(written) == posts.PAGE else None,
    )
