"""What a member does not want to see, on pages: hidden, or folded away under the name of the filter."""

from collections.abc import Sequence
from dataclasses import replace

from node.filters import service
from node.markdown import plain
from node.posts.queries import PostView
from node.words import N_, Message
from node.work import Reading
from web.translations import say


async def sorted_out(work: Reading, viewer_id: int | None, posts: Sequence[PostView], context: str) -> list[PostView]:
    """These posts as the viewer's filters for ``context`` leave them. One's own are never touched."""
    filters = await service.of_actor(work, viewer_id) if viewer_id is not None and posts else []
    filters = [one for one in filters if context in one.filter.contexts]
    if not filters:
        return list(posts)
    texts = {
        post.id: "\n".join(
            [post.title, post.warning, plain(post.content, 20_000), *(picture.alt for picture in post.pictures)]
        )
        for post in posts
        if not post.is_own
    }
    found = service.matching(filters, texts)
    kept: list[PostView] = []
    for post in posts:
        hits = found.get(post.id, ())
        if any(hit.whole.filter.action == "hide" for hit in hits):
            continue
        if hits and not post.warning:
            post = replace(post, warning=say(Message(_FOLDED, {"name": hits[0].whole.filter.title})))
        kept.append(post)
    return kept


_FOLDED = N_("You did not want to see this: %(name)s")
