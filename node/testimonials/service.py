"""Recommendations: written after something confirmed, taken back by who wrote them, shown by whom they are about."""

import sqlalchemy as sa

from node import markdown
from node.actors.model import Actor
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.ids import new_id
from node.moderation.queries import require_reach
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.posts import service as posts
from node.posts.model import Post
from node.posts.parts import announce, keep_mentions, mentioned, own, require_voice, tell_addressed
from node.posts.wire import addressing
from node.testimonials import rules, wire
from node.testimonials.grounds import Ground, free, grounds
from node.testimonials.model import Testimonial
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.values import Document
from schemas.vocabulary import NETWORK

PEOPLE = ("person", "organization")


# what the writer does


async def write(
    work: Writing, writer: Actor, subject: Actor, text: str, *, may_be_public: bool, language: str | None = None
) -> Post:
    """Recommend somebody. It goes to them alone; with ``may_be_public`` they may show it to everybody.

    Raises Forbidden without anything confirmed between the two, Conflict when all of that has been written about,
    Invalid (``text``), NotFound.
    """
    require_voice(writer)
    if subject.kind not in PEOPLE or subject.gone_at is not None:
        raise NotFound
    if subject.id == writer.id:
        raise Invalid(message=N_("You cannot recommend yourself."))
    # Of two that are written at once one waits for the other, and finds its ground taken.
    await work.session.execute(sa.select(Actor.id).where(Actor.id == writer.id).with_for_update())
    ground = await _ground(work, writer, subject)
    await require_reach(work, writer, subject)
    text = rules.check(text)
    id = new_id(work.now)
    body = markdown.render(text, {}, work.uris.tag).html
    to, cc = addressing("direct", writer.followers_uri or "", [subject.uri])
    name = subject.name or subject.username
    post = Post(
        id=id,
        uri=work.uris.object(id),
        url=work.uris.page(writer.username, id),
        kind="testimonial",
        is_local=True,
        author_id=writer.id,
        content=posts.greeted([subject], wire.content(body, ground.basis, name, language)),
        source=text,
        language=language,
        lens="business",
        visibility="direct",
        to=list(to),
        cc=list(cc),
        context=work.uris.context(id),
        published_at=work.now,
        received_at=work.now,
    )
    work.session.add(post)
    await work.session.flush()
    row = Testimonial(
        post_id=id, writer_id=writer.id, subject_id=subject.id, ground=ground.key, basis=ground.basis, body=body,
        may_be_public=may_be_public, created_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    await keep_mentions(work, post, [subject])
    await announce(work, writer, post, activities.create(await document(work, post, writer), work.now))
    await tell_addressed(work, post, [subject], None)
    return post


async def withdraw(work: Writing, writer: Actor, post_id: int) -> Post:
    """Take it back, here and wherever it is shown. Raises NotFound, Gone."""
    await own(work, writer, post_id, "testimonial")
    return await posts.withdraw(work, writer, post_id)


async def require_ground(work: Reading, writer: Actor, subject: Actor) -> None:
    """Raises what ``write`` would raise for want of something that happened."""
    await _ground(work, writer, subject)


async def document(work: Reading, post: Post, writer: Actor) -> Document:
    """The Note as it is sent and served."""
    return wire.note(post, await _row(work, post.id), writer, work.uris, await mentioned(work, post.id)).write()


# what its subject does


async def show(work: Writing, subject: Actor, post_id: int) -> Testimonial:
    """Show it on one's page, as its writer allows. Raises NotFound, Conflict."""
    row, post, writer = await _about(work, subject, post_id)
    if not row.may_be_public:
        name = writer.name or writer.username
        raise Conflict(Message(N_("%(name)s wrote this for you alone."), {"name": name}))
    if row.shown_at is None:
        row.shown_at = work.now
        if writer.is_local:
            await _open(work, post, writer, subject, is_open=True)
        elif NETWORK in writer.capabilities:
            yes = activities.accept(subject.uri, post.uri, writer.uri)
            await outbox.publish(work, subject, yes, Audience(actors=[writer.id]))
    return row


async def hide(work: Writing, subject: Actor, post_id: int) -> Testimonial:
    """No longer show it; the own answer to it goes too. Raises NotFound."""
    row, post, writer = await _about(work, subject, post_id)
    if row.shown_at is not None:
        row.shown_at = None
        if row.reply_id is not None:
            reply = await work.session.get(Post, row.reply_id)
            row.reply_id = None
            if reply is not None and reply.deleted_at is None:
                await posts.withdraw(work, subject, reply.id)
        if writer.is_local:
            await _open(work, post, writer, subject, is_open=False)
        elif NETWORK in writer.capabilities:
            no = activities.reject(subject.uri, post.uri, writer.uri)
            await outbox.publish(work, subject, no, Audience(actors=[writer.id]))
    return row


async def reply(work: Writing, subject: Actor, post_id: int, text: str) -> Post:
    """Answer it, once, for everybody who reads it. Raises NotFound, Conflict, Invalid (``text``)."""
    row, post, _ = await _about(work, subject, post_id)
    if row.reply_id is not None:
        raise Conflict(N_("You have answered this already."))
    if row.shown_at is None or post.visibility == "direct":
        raise Conflict(N_("Show it on your page first; then everybody can read your answer."))
    draft = posts.Draft(text=rules.check(text), lens="business", visibility="quiet", parent_id=post_id)
    answer = await posts.publish(work, subject, draft)
    row.reply_id = answer.id
    return answer


# what others send


async def receive_answer(work: Writing, actor: Actor, uri: str, *, is_yes: bool) -> bool:
    """Its subject at another node shows or hides a recommendation of ours. False when it is not theirs to say."""
    found = await work.session.execute(
        sa.select(Testimonial, Post)
        .join(Post, Post.id == Testimonial.post_id)
        .where(Post.uri == uri, Post.is_local, Post.deleted_at.is_(None), Testimonial.subject_id == actor.id)
    )
    pair = found.one_or_none()
    if pair is None:
        return False
    row, post = pair
    if is_yes is (row.shown_at is None) and (row.may_be_public or not is_yes):
        row.shown_at = work.now if is_yes else None
        await _open(work, post, await work.session.get_one(Actor, post.author_id), actor, is_open=is_yes)
    return True


# inside


async def _open(work: Writing, post: Post, writer: Actor, subject: Actor, *, is_open: bool) -> None:
    """Both agree to have it read by everybody, or no longer. It stands in nobody's feed because of that."""
    post.visibility = "quiet" if is_open else "direct"
    to, cc = addressing(post.visibility, writer.followers_uri or "", [subject.uri])
    post.to, post.cc, post.updated_at = list(to), list(cc), work.now
    await work.session.flush()
    update = activities.update(await document(work, post, writer), work.now)
    await outbox.publish(work, writer, update, Audience(public=is_open, actors=[subject.id]))


async def _ground(work: Reading, writer: Actor, subject: Actor) -> Ground:
    unused = await free(work, writer.id, subject.id)
    if unused:
        return unused[0]
    name = {"name": subject.name or subject.username}
    if await grounds(work, writer.id, subject.id):
        raise Conflict(Message(N_("You have recommended %(name)s already; after the next deal you can again."), name))
    raise Forbidden(
        Message(N_("A recommendation rests on something that happened: a deal that you and %(name)s completed."), name)
    )


async def _row(work: Reading, post_id: int) -> Testimonial:
    row = await work.session.get(Testimonial, post_id)
    if row is None:
        raise NotFound
    return row


async def _about(work: Reading, subject: Actor, post_id: int) -> tuple[Testimonial, Post, Actor]:
    row = await _row(work, post_id)
    post = await work.session.get_one(Post, post_id)
    if row.subject_id != subject.id or post.deleted_at is not None:
        raise NotFound
    return row, post, await work.session.get_one(Actor, row.writer_id)
