"""New keys for an actor of ours from a page: other networks know somebody by theirs, so they are told of the change."""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb

from node import identities
from node.actors import queries
from node.actors.keys import make_keys
from node.errors import Conflict, NotFound
from node.words import N_, Message
from node.work import Reading
from web import forms
from web.context import node_of
from web.rendering import said


async def renew(request: aioweb.Request, allowed: Callable[[Reading], Awaitable[int]], back: str) -> aioweb.Response:
    """Make the change of the form components/keys.html, and say so at ``back``.

    ``allowed`` tells whose keys they are, by the actor's database key, and raises for whoever may not change them.
    """
    node = node_of(request)
    form = await forms.read(request)
    async with node.reading() as work:
        await allowed(work)
    keys = await make_keys()
    try:
        async with node.writing() as work:
            actor = await queries.by_id(work, await allowed(work))
            if actor is None:
                raise NotFound
            await identities.renew(work, actor, keys, is_blind=form.ticked_box("stolen"))
    except Conflict as error:
        return said(back, error.message)
    words = N_("%(name)s has new keys. Other networks learn of them by themselves.")
    return said(back, Message(words, {"name": actor.name or actor.username}))
