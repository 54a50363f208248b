"""A rehearsal: what makes somebody's first post slow is gone through once before, and nothing of it is kept.

Statements are made and compiled when they are first asked, and so are the patterns that read texts. Together that takes
three times as long as a post does. On PostgreSQL each connection prepares them for itself, too.
"""

import asyncio

import aiohttp.web as aioweb
import sqlalchemy as sa
import structlog

from node.accounts import tokens
from node.accounts.model import Account
from node.accounts.tokens import Bearer
from node.actors.model import Actor
from node.outbox import service as outbox
from node.work import Node, Writing
from web import later
from web.api.edge import answer
from web.api.parameters import Parameters
from web.api.shapes.look import look_in
from web.context import NODE

log = structlog.get_logger()

_TEXT = "Good **morning**, #friends, look: https://a.test/b"
_AT_ONCE = 2
"""Connections to PostgreSQL that know it afterwards: the worker holds one now and then, and gives it back on top."""


class _ThatWasAll(Exception):
    """Takes back what was written."""


async def rehearse(app: aioweb.Application) -> None:
    """Publish as one of the members does from an app, and take it back before anybody can see it."""
    later.load(app, "/api/v1/statuses")
    node = app[NODE]
    at_once = 1 if node.config.is_sqlite else _AT_ONCE
    await asyncio.gather(*(_safely(app, node) for _ in range(at_once)))


async def _safely(app: aioweb.Application, node: Node) -> None:
    try:
        await _publish(app, node)
    except _ThatWasAll:
        pass
    except Exception:  # whatever it is, it will be said to whoever does it in earnest
        log.warning("rehearsal_failed", exc_info=True)


async def _publish(app: aioweb.Application, node: Node) -> None:
    from web.api import statuses  # loaded by now, as with the first request

    await tokens.bearer(node, _TEXT)
    async with node.writing() as work:
        who = await _somebody(work)
        if who is not None:
            await tokens.touch(work, who.token_id)
            said = await statuses.say(work, look_in(app), who, Parameters({"status": _TEXT}), "rehearsal")
            _ = answer(said).content_type  # reading a type for the first time loads a parser of mail
            await outbox.fan_out(work)
        raise _ThatWasAll


async def _somebody(work: Writing) -> Bearer | None:
    """A member as an app of theirs would speak for them."""
    found = (
        await work.session.execute(
            sa.select(Account.id, Actor.id, Account.language, Account.time_zone, Account.role)
            .join(Actor, Account.actor_id == Actor.id)
            .where(Actor.gone_at.is_(None), Actor.suspended_at.is_(None), Account.suspended_at.is_(None))
            .limit(1)
        )
    ).first()
    if found is None:
        return None
    account_id, actor_id, language, time_zone, role = found
    return Bearer(0, account_id, actor_id, (), None, "", language, time_zone, role, False)
