"""Finds the people a text names."""

import sqlalchemy as sa

from node import markdown
from node.actors.model import Actor
from node.markdown import Named
from node.work import Reading

MOST = 50
"""Handles looked at in one text."""


async def named_in(work: Reading, text: str) -> dict[str, Actor]:
    """The known people a text names, by the handle as typed in lower case: ``alice``, ``bob@beta.test``."""
    found: dict[str, Actor] = {}
    for handle in markdown.handles(text)[:MOST]:
        actor = await by_handle(work, handle)
        if actor is not None:
            found[handle] = actor
    return found


async def by_handle(work: Reading, handle: str) -> Actor | None:
    """The actor of ``alice`` (here) or ``bob@beta.test``; someone who has left is not found."""
    username, _, host = handle.lower().lstrip("@").partition("@")
    chosen = (
        sa.select(Actor)
        .where(Actor.username_folded == username, Actor.gone_at.is_(None), Actor.suspended_at.is_(None))
        .where(Actor.kind != "application")
        .order_by(Actor.id.desc())
        .limit(1)
    )
    if not host or host == work.uris.host:
        return await work.session.scalar(chosen.where(Actor.is_local))
    return await work.session.scalar(chosen.where(Actor.is_local.is_(False), Actor.handle_host == host))


async def unknown_in(work: Reading, text: str) -> list[str]:
    """Handles at other hosts that nobody here knows yet: the page looks them up before it opens the writing unit."""
    known = await named_in(work, text)
    return [
        handle
        for handle in markdown.handles(text)[:MOST]
        if "@" in handle and handle not in known and not handle.endswith(f"@{work.uris.host}")
    ]


def as_named(people: dict[str, Actor]) -> dict[str, Named]:
    """In the form the Markdown renderer wants."""
    return {handle: Named(actor.url, actor.username) for handle, actor in people.items()}
