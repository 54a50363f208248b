"""A rehearsal: what makes somebody's first post slow is gone through once before, and nothing of it is kept.

Statements are made and compiled when they are first asked, and so are the patterns that read texts. Together that takes
three times as long as a post does.
"""

import aiohttp.web as aioweb
import sqlalchemy as sa
import structlog

from node.accounts import tokens
from node.accounts.model import Account
from node.actors.model import Actor
from node.outbox import service as outbox
from node.posts import service as posts
from web import later
from web.api.shapes.look import look_in
from web.api.shapes.statuses import status
from web.context import NODE

log = structlog.get_logger()

_TEXT = "Good **morning**, #friends, look: https://a.test/b"


class _ThatWasAll(Exception):
    """Takes back what was written."""


async def rehearse(app: aioweb.Application) -> None:
    """Publish as one of the members does from an app, and take it back before anybody can see it."""
    try:
        await _publish(app)
    except _ThatWasAll:
        pass
    except Exception:  # whatever it is, it will be said to whoever does it in earnest
        log.warning("rehearsal_failed", exc_info=True)


async def _publish(app: aioweb.Application) -> None:
    later.load(app, "/api/v1/statuses")
    node = app[NODE]
    await tokens.bearer(node, _TEXT)
    async with node.writing() as work:
        author = await work.session.scalar(
            sa.select(Actor)
            .join(Account, Account.actor_id == Actor.id)
            .where(Actor.gone_at.is_(None), Actor.suspended_at.is_(None), Account.suspended_at.is_(None))
            .limit(1)
        )
        if author is not None:
            post = await posts.publish(work, author, posts.Draft(text=_TEXT))
            await status(work, look_in(app), author.id, post.id)
            await outbox.fan_out(work)
        raise _ThatWasAll
