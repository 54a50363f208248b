"""Pages that somebody without an account opens by a link of their own, from a private message."""

from collections.abc import Awaitable, Callable

import aiohttp.web as aioweb

from node.accounts import throttle
from node.words import N_
from node.work import Writing
from web import forms
from web.api.lookups import find
from web.context import address_of, node_of


async def send(request: aioweb.Request, form: forms.Form, invite: Callable[[Writing, int], Awaitable[None]]) -> bool:
    """Somebody names their address on another network and gets a link there (``invite``, by their key).

    False with what is wrong in the form.
    """
    typed = form.text("address", most=300, missing=N_("Please give your address, such as @you@network.example."))
    if not form.valid:
        return False
    # Whoever types names here makes us ask other networks, and write to people: so often from one place.
    throttle.count(node_of(request).config, throttle.LETTERS, "link", throttle.network(address_of(request)))
    guest = await find(request, typed)
    if guest is None or guest.is_local or guest.kind != "person":
        form.wrong("address", N_("We find nobody there. It looks like @you@network.example."))
        return False
    with form.attempt():
        async with node_of(request).writing() as work:
            await invite(work, guest.id)
        return True
    return False


def hidden(response: aioweb.Response) -> aioweb.Response:
    """The address is a secret: nobody is told of it, and nothing keeps the page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
