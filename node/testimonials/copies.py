"""Copies of what others wrote about our members."""

import sqlalchemy as sa

from node import markdown
from node.actors.model import Actor
from node.posts import copies as posts
from node.posts.model import Post
from node.testimonials import rules
from node.testimonials.grounds import Ground, free
from node.testimonials.model import Testimonial
from node.work import Reading, Writing
from schemas.note import Note


async def mirror(work: Writing, author: Actor, note: Note) -> Post | None:
    """Keep or refresh the copy of a recommendation; what rests on nothing we know of is a post like any other."""
    known = await work.session.scalar(
        sa.select(Testimonial).join(Post, Post.id == Testimonial.post_id).where(Post.uri == note.id)
    )
    body = _body(work, note)
    if known is not None:
        post = await posts.mirror(work, author, note, kind="testimonial")
        if post is not None and body is not None and post.updated_at == note.updated:
            # Other words need another yes.
            known.shown_at = known.shown_at if body == known.body else None
            known.body, known.may_be_public = body, note.may_be_public
            known.shown_at = known.shown_at if known.may_be_public else None
            await work.session.flush()
        return post
    subject = await _subject(work, note)
    ground = await _ground(work, author, subject) if subject is not None and body is not None else None
    post = await posts.mirror(work, author, note, kind="testimonial" if ground is not None else "note")
    if post is None or subject is None or ground is None or body is None or post.kind != "testimonial":
        return post
    work.session.add(
        Testimonial(
            post_id=post.id, writer_id=author.id, subject_id=subject.id, ground=ground.key, basis=ground.basis,
            body=body, may_be_public=note.may_be_public, created_at=post.published_at,
        )
    )  # fmt: skip
    await work.session.flush()
    return post


async def _subject(work: Reading, note: Note) -> Actor | None:
    """The one member of ours to whom it is addressed and whom it names."""
    named = {mention.href for mention in note.mentions}
    ours = [uri for uri in dict.fromkeys((*note.to, *note.cc)) if work.uris.is_ours(uri) and uri in named][:2]
    if len(ours) != 1:
        return None
    return await work.session.scalar(sa.select(Actor).where(Actor.uri == ours[0], Actor.is_local))


async def _ground(work: Reading, writer: Actor, subject: Actor) -> Ground | None:
    found = await free(work, writer.id, subject.id)
    return found[0] if found else None


def _body(work: Reading, note: Note) -> str | None:
    """The words alone as clean HTML, from what was typed; None when they are too many."""
    if note.source is None or not note.source.strip() or len(note.source) > rules.TEXT_LIMIT:
        return None
    return markdown.render(note.source.strip(), {}, work.uris.tag).html
