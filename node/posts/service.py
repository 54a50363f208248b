"""Posts: said, corrected and withdrawn by our members."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from node import markdown
from node.access import can_read
from node.actors.model import Actor
from node.errors import Invalid, NotFound
from node.etiquette import one_message
from node.ids import new_id
from node.media import service as media
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.posts import people, rules, wire
from node.posts.model import Post, PostMention
from node.posts.parts import (
    Attached,
    announce,
    audience,
    bury,
    keep_mentions,
    keep_pictures,
    keep_tags,
    mentioned,
    own,
    require_voice,
    tags_of,
    tell_addressed,
    tell_feeds,
)
from node.words import N_
from node.work import Reading, Writing
from schemas.values import Document


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member typed. ``text`` is Markdown; ``to`` are actors addressed besides those the text names."""

    text: str
    lens: str = "both"
    visibility: str = "public"
    language: str | None = None
    warning: str = ""
    parent_id: int | None = None
    pictures: Sequence[Attached] = ()
    to: Sequence[int] = ()
    is_sensitive: bool = False
    """Pictures are shown only when asked for; a warning says so too."""


async def publish(work: Writing, author: Actor, draft: Draft) -> Post:
    """Say something. Raises Invalid (fields of the form), NotFound (what is answered), Forbidden (suspended)."""
    text = rules.check(draft.text, draft.warning, draft.lens, draft.visibility, len(draft.pictures))
    require_voice(author)
    parent = await _parent(work, author, draft.parent_id)
    visibility = rules.narrower(draft.visibility, parent.visibility) if parent else draft.visibility
    known = await people.named_in(work, text)
    rendered = markdown.render(text, people.as_named(known), work.uris.tag)
    addressed = await _addressed(work, author, parent, [known[handle] for handle in rendered.mentions], draft.to)
    if visibility == "direct" and not addressed:
        raise Invalid({"text": N_("Name the people it is for, such as @alice or @bob@beta.example.")})
    if visibility == "direct" and parent is None:
        await _leave_room(work, author, addressed)
    id = new_id(work.now)
    to, cc = wire.addressing(visibility, author.followers_uri or "", [actor.uri for actor in addressed])
    greeting = _greeting(addressed, rendered.mentions, known) if visibility == "direct" else ""
    post = Post(
        id=id,
        uri=work.uris.object(id),
        url=work.uris.page(author.username, id),
        kind="note",
        is_local=True,
        author_id=author.id,
        content=_greet(greeting, rendered.html),
        source=text,
        warning=draft.warning.strip(),
        is_sensitive=draft.is_sensitive or bool(draft.warning.strip()),
        language=draft.language,
        lens=draft.lens,
        visibility=visibility,
        to=list(to),
        cc=list(cc),
        parent_uri=parent.uri if parent else None,
        parent_id=parent.id if parent else None,
        context=(parent.context if parent else None) or work.uris.context(parent.id if parent else id),
        published_at=work.now,
        received_at=work.now,
    )
    work.session.add(post)
    await work.session.flush()
    await keep_mentions(work, post, addressed)
    await keep_tags(work, post, rendered.hashtags)
    await keep_pictures(work, author, post, draft.pictures)
    await announce(work, author, post, activities.create(await document(work, post, author), work.now))
    await tell_addressed(work, post, addressed, parent)
    await tell_feeds(work, post)
    return post


async def revise(work: Writing, author: Actor, post_id: int, draft: Draft) -> Post:
    """Correct a post. Who may read it and what it answers stay as they are; people newly named are told."""
    post = await own(work, author, post_id, "note")
    text = rules.check(draft.text, draft.warning, draft.lens, post.visibility, len(draft.pictures))
    parent = await work.session.get(Post, post.parent_id) if post.parent_id else None
    earlier = await mentioned(work, post.id)
    known = await people.named_in(work, text)
    rendered = markdown.render(text, people.as_named(known), work.uris.tag)
    named = [known[handle] for handle in rendered.mentions]
    # Whoever was addressed once has the text already, and learns of the correction.
    addressed = await _addressed(work, author, parent, [*named, *earlier], ())
    greeting = _greeting(addressed, rendered.mentions, known) if post.visibility == "direct" else ""
    to, cc = wire.addressing(post.visibility, author.followers_uri or "", [actor.uri for actor in addressed])
    post.content, post.source = _greet(greeting, rendered.html), text
    post.warning = draft.warning.strip()
    post.is_sensitive = draft.is_sensitive or bool(post.warning)
    post.lens, post.language = draft.lens, draft.language
    post.to, post.cc, post.updated_at = list(to), list(cc), work.now
    await keep_mentions(work, post, addressed)
    await keep_tags(work, post, rendered.hashtags)
    await keep_pictures(work, author, post, draft.pictures)
    await announce(work, author, post, activities.update(await document(work, post, author), work.now))
    told = {actor.id for actor in earlier}
    await tell_addressed(work, post, [actor for actor in addressed if actor.id not in told], parent)
    await tell_feeds(work, post)
    return post


async def withdraw(work: Writing, author: Actor, post_id: int) -> Post:
    """Take a post back: its text and pictures go, its address answers "gone" from now on, and everybody is told."""
    post = await own(work, author, post_id)
    told = await mentioned(work, post.id)
    to, cc = tuple(post.to), tuple(post.cc)
    await bury(work, post)
    deletion = activities.delete(author.uri, post.uri, work.now, to, cc)
    await outbox.publish(work, author, deletion, audience(post, [actor.id for actor in told]))
    await tell_feeds(work, post)
    return post


async def document(work: Reading, post: Post, author: Actor) -> Document:
    """The Note of a post of ours as it is sent and served."""
    return wire.note(
        post,
        author,
        work.uris,
        mentions=await mentioned(work, post.id),
        tags=await tags_of(work, post.id),
        pictures=await media.of_post(work, post.id),
    ).write()


async def _parent(work: Reading, author: Actor, parent_id: int | None) -> Post | None:
    if parent_id is None:
        return None
    if not await can_read(work, author.id, parent_id):
        raise NotFound(N_("What you answer is no longer there."))
    return await work.session.get(Post, parent_id)


async def _addressed(
    work: Reading, author: Actor, parent: Post | None, named: Sequence[Actor], further: Sequence[int]
) -> list[Actor]:
    """Everybody it is for, once: those named, whoever is answered, those the page adds; never the author."""
    wanted = {actor.id: actor for actor in named}
    ids = [*further, *([parent.author_id] if parent else [])]
    for actor in await work.session.scalars(sa.select(Actor).where(Actor.id.in_(ids), Actor.gone_at.is_(None))):
        wanted.setdefault(actor.id, actor)
    wanted.pop(author.id, None)
    return list(wanted.values())


async def _leave_room(work: Reading, author: Actor, addressed: Sequence[Actor]) -> None:
    """One message until the host answers: somebody who neither follows nor knows the author gets no second one."""
    for host in addressed:
        if not await notifications.is_stranger(work, host.id, author.id):
            continue
        if await _direct_between(work, author.id, host.id) and not await _direct_between(work, host.id, author.id):
            raise one_message.refuse_second(host.name or host.username)


async def _direct_between(work: Reading, author_id: int, host_id: int) -> bool:
    found = await work.session.scalar(
        sa.select(Post.id)
        .join(PostMention, PostMention.post_id == Post.id)
        .where(Post.author_id == author_id, Post.visibility == "direct", PostMention.actor_id == host_id)
        .limit(1)
    )
    return found is not None


def _greeting(addressed: Sequence[Actor], mentions: Sequence[str], known: dict[str, Actor]) -> str:
    """Mention links for those the text does not name itself: other programs show a direct note by them."""
    named = {known[handle].id for handle in mentions}
    return " ".join(
        markdown.mention(markdown.Named(actor.url, actor.username)) for actor in addressed if actor.id not in named
    )


def _greet(greeting: str, html: str) -> str:
    if not greeting:
        return html
    return f"<p>{greeting} {html[3:]}" if html.startswith("<p>") else f"<p>{greeting}</p>{html}"
