"""Pictures on their way into a post or listing: taken in before the unit opens, kept when the form comes back."""

from dataclasses import dataclass

import aiohttp.web as aioweb

from node.errors import Invalid, TooMany
from node.media import service as media
from node.posts import queries as posts
from node.posts.parts import Attached
from node.posts.queries import PictureView
from node.words import N_, Message
from web.addresses import database_key
from web.context import node_of
from web.forms import MIB, Form
from web.sessions import member

FORM_BYTES = 40 * MIB
MOST = 4


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes with the post: the pictures in their order, and the same for the form when it comes back."""

    attached: tuple[Attached, ...]
    views: tuple[PictureView, ...]


async def take(request: aioweb.Request, form: Form, post_id: int | None = None) -> Chosen:
    """Pictures that were there before and are to stay, then the new ones. Errors go into the form.

    The form's fields: ``kept`` (keys), ``drop`` (keys to leave out), ``alt-<key>``, ``picture-<n>``, ``alt-new-<n>``.
    """
    viewer, node = member(request), node_of(request)
    dropped = set(form.data.getall("drop", []))
    kept = [database_key(key) for key in form.data.getall("kept", [])[:MOST] if key not in dropped]
    for number in range(1, MOST + 1):
        for upload in form.uploads(f"picture-{number}", most=1):
            if len(kept) >= MOST:
                form.wrong("pictures", Message(N_("At most %(limit)d pictures fit."), {"limit": MOST}))
                break
            try:
                alt = form.long_text(f"alt-new-{number}", most=1500, required=False)
                stored = await media.store(node, viewer.actor_id, upload.content, alt=alt)
            except Invalid as refusal:
                form.wrong("pictures", next(iter(refusal.fields.values()), refusal.message))
            except TooMany as refusal:
                form.wrong("pictures", refusal.message)
            else:
                kept.append(stored.id)
    async with node.reading() as work:
        views = await posts.pictures_of_owner(work, viewer.actor_id, kept, post_id)
    # What is typed beside a picture counts, also when the form has to come back for something else.
    views = [_described(form, view) for view in views]
    return Chosen(tuple(Attached(view.media_id, view.alt) for view in views), tuple(views))


def _described(form: Form, view: PictureView) -> PictureView:
    name = f"alt-{view.media_id}"
    if name not in form.data:
        return view
    alt = form.long_text(name, most=1500, required=False)
    return PictureView(view.src, view.origin, alt, view.width, view.height, view.media_id)
