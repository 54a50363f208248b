"""What the pages ask about recommendations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from node.access import readable
from node.asking import Question, among, given
from node.faces import Face, faces
from node.posts.model import Post
from node.testimonials.grounds import free
from node.testimonials.model import Testimonial
from node.testimonials.rules import BASES
from node.work import Reading

PAGE = 20


@dataclass(frozen=True, slots=True)
class RecommendationView:
    """A recommendation as a reader sees it. ``body`` and ``reply`` are clean HTML."""

    id: int
    uri: str
    url: str
    """Where its writer's own node shows it, so that anybody can see that it is theirs."""
    path: str
    writer: Face
    subject: Face
    body: str
    basis: str
    """deal meeting referral; nothing more of it is said."""
    based_on: str
    """The same as a sentence, to be translated."""
    may_be_public: bool
    is_shown: bool
    reply: str
    reply_path: str
    at: datetime
    is_own: bool
    is_about_viewer: bool


class _Key(NamedTuple):
    id: int


_SHOWN = Question(
    _Key,
    sa.select(Testimonial.post_id)
    .where(among(Testimonial.subject_id, "ids"), Testimonial.shown_at.is_not(None))
    .order_by(Testimonial.post_id.desc())
    .limit(given("most")),
)


async def shown_of(
    work: Reading, viewer_id: int | None, subject_ids: Sequence[int], limit: int = PAGE
) -> list[RecommendationView]:
    """What these people and companies show on their pages, newest first, as far as the viewer may read it."""
    ids = [row.id for row in await _SHOWN.ask(work, ids=subject_ids, most=limit)]
    return await views(work, viewer_id, ids)


async def of_post(work: Reading, viewer_id: int | None, post_id: int) -> RecommendationView | None:
    """One, or None when the post is none or the viewer may not read it."""
    return next(iter(await views(work, viewer_id, [post_id])), None)


async def of_person(work: Reading, actor_id: int, *, written: bool = False) -> list[RecommendationView]:
    """All about somebody, or by them, for themselves: also what they do not show."""
    column = Testimonial.writer_id if written else Testimonial.subject_id
    chosen = sa.select(Testimonial.post_id).where(column == actor_id).order_by(Testimonial.post_id.desc())
    return await views(work, actor_id, (await work.session.scalars(chosen.limit(100))).all())


async def may_write(work: Reading, writer_id: int, subject_id: int) -> bool:
    """True when something confirmed happened between the two about which nothing was written yet."""
    return bool(await free(work, writer_id, subject_id))


async def views(work: Reading, viewer_id: int | None, ids: Sequence[int]) -> list[RecommendationView]:
    """In this order, without those the viewer may not read."""
    if not ids:
        return []
    found = await work.session.execute(
        sa.select(Testimonial, Post)
        .join(Post, Post.id == Testimonial.post_id)
        .where(Testimonial.post_id.in_(list(ids)), readable(viewer_id))
    )
    rows = {row.post_id: (row, post) for row, post in found}
    people = await faces(work, [id for row, _ in rows.values() for id in (row.writer_id, row.subject_id)])
    replies = {
        post.id: post
        for post in await work.session.scalars(
            sa.select(Post).where(
                Post.id.in_([row.reply_id for row, _ in rows.values() if row.reply_id is not None]),
                readable(viewer_id),
            )
        )
    }
    shown = []
    for row, post in (rows[id] for id in ids if id in rows):
        writer, subject, reply = people[row.writer_id], people[row.subject_id], replies.get(row.reply_id or 0)
        shown.append(
            RecommendationView(
                id=post.id,
                uri=post.uri,
                url=post.url,
                path=f"{writer.path}/{post.id}" if post.is_local else f"/posts/{post.id}",
                writer=writer,
                subject=subject,
                body=row.body,
                basis=row.basis,
                based_on=BASES[row.basis],
                may_be_public=row.may_be_public,
                is_shown=row.shown_at is not None,
                reply=reply.content if reply is not None else "",
                reply_path=f"{subject.path}/{reply.id}" if reply is not None else "",
                at=row.created_at,
                is_own=row.writer_id == viewer_id,
                is_about_viewer=row.subject_id == viewer_id,
            )
        )
    return shown
