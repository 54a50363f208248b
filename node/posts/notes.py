"""Private notes to one person that pages of ours write in a member's name, such as one with a link for them alone."""

from collections.abc import Sequence

from node import markdown
from node.actors.model import Actor
from node.ids import new_id
from node.outbox import wire as activities
from node.posts import service
from node.posts.model import Post
from node.posts.parts import announce, keep_mentions
from node.posts.wire import addressing
from node.work import Writing


async def write(
    work: Writing,
    author: Actor,
    to: Actor,
    text: str,
    *,
    secrets: Sequence[str] = (),
    parent: Post | None = None,
    language: str | None = None,
) -> Post:
    """Send ``text`` (Markdown) to one person. Names in it stay words: nobody else may get what it says.

    ``secrets`` in it are for that person alone: the author's own copy is kept without them.
    """
    id = new_id(work.now)
    rendered = markdown.render(text, {}, work.uris.tag)
    primary, further = addressing("direct", author.followers_uri or "", [to.uri])
    post = Post(
        id=id,
        uri=work.uris.object(id),
        url=work.uris.page(author.username, id),
        kind="note",
        is_local=True,
        author_id=author.id,
        content=service.greeted([to], rendered.html),
        source=text,
        language=language,
        lens="business",
        visibility="direct",
        to=list(primary),
        cc=list(further),
        parent_uri=parent.uri if parent else None,
        parent_id=parent.id if parent else None,
        context=(parent.context if parent else None) or work.uris.context(id),
        published_at=work.now,
        received_at=work.now,
    )
    work.session.add(post)
    await work.session.flush()
    await keep_mentions(work, post, [to])
    await announce(work, author, post, activities.create(await service.document(work, post, author), work.now))
    for secret in secrets:
        # Else a member could say yes in the name of whom the link is for.
        post.content, post.source = post.content.replace(secret, "…"), (post.source or "").replace(secret, "…")
    await work.session.flush()
    return post
