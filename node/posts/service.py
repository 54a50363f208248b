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
from node.moderation.queries import may_reach, require_reach
from node.notifications import service as notifications
from node.outbox import wire as activities
from node.polls import rules as poll_rules
from node.polls import service as polls
from node.polls.rules import PollDraft
from node.posts import consents, people, places, quoting, rules, versions, wire
from node.posts.model import Post, PostMention
from node.posts.parts import (
    Attached,
    announce,
    bury,
    concerned,
    keep_mentions,
    keep_pictures,
    keep_tags,
    mentioned,
    named_in,
    own,
    require_voice,
    tags_of,
    tell_addressed,
    tell_feeds,
)
from node.previews import service as previews
from node.webhooks import service as webhooks
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
    circle_id: int | None = None
    """The circle, here or elsewhere, in which it is said. An answer is said where its beginning was."""
    title: str = ""
    """With one it is an article, and may be longer."""
    quoted_id: int | None = None
    """A post that is shown within it, as far as its author agrees. Nothing of that is changed by an edit."""
    may_quote: str | None = None
    """Who may quote it: a word of node.posts.quoting.POLICIES. None is everybody, and leaves an edited one as it is."""
    names_people: bool = True
    """Whether it goes to people whom the text names, too. Else their names stay words."""
    poll: PollDraft | None = None
    """What there is to choose from. Where a post is corrected, None leaves it as it is."""


async def publish(work: Writing, author: Actor, draft: Draft) -> Post:
    """Say something. Raises Invalid (fields of the form), NotFound (what is answered), Forbidden (suspended)."""
    text = rules.check(draft.text, draft.warning, draft.lens, draft.visibility, len(draft.pictures), draft.title)
    poll = _poll(draft, text)
    require_voice(author)
    parent = await _parent(work, author, draft.parent_id)
    quoted = await quoting.choose(work, author, draft.quoted_id)
    known = await people.named_in(work, text) if draft.names_people else {}
    title = rules.title(draft.title)
    rendered = markdown.render(text, people.as_named(known), work.uris.tag, has_headings=bool(title))
    addressed = await _addressed(work, author, parent, [known[handle] for handle in rendered.mentions], draft.to)
    where = await places.place(work, author, draft.visibility, draft.circle_id, parent, addressed)
    if where is not None:
        visibility, addressed = where.visibility, where.reached(addressed)
    else:
        visibility = rules.narrower(draft.visibility, parent.visibility) if parent else draft.visibility
    if visibility == "direct" and not addressed:
        raise Invalid({"text": N_("Name the people it is for, such as @alice or @bob@beta.example.")})
    if visibility == "direct" and parent is None:
        await leave_room(work, author, addressed)
    id = new_id(work.now)
    to, cc = (
        where.addressing(addressed)
        if where is not None
        else wire.addressing(visibility, author.followers_uri or "", [actor.uri for actor in addressed])
    )
    greeting = _greeting(addressed, rendered.mentions, known) if visibility == "direct" else ""
    post = Post(
        id=id,
        uri=work.uris.object(id),
        url=work.uris.page(author.username, id),
        kind="poll" if poll else "article" if title else "note",
        title=title,
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
        circle_id=where.group.id if where is not None else None,
        quoted_uri=quoted.uri if quoted is not None else None,
        quoted_id=quoted.id if quoted is not None else None,
        may_quote=_policy(draft),
        published_at=work.now,
        received_at=work.now,
    )
    work.session.add(post)
    await work.session.flush()
    await keep_mentions(work, post, where.mentioned(addressed) if where is not None else addressed)
    await keep_tags(work, post, rendered.hashtags)
    await keep_pictures(work, author, post, draft.pictures)
    if poll is not None:
        await polls.put(work, post, poll)
    if quoted is not None:
        await consents.seek(work, author, post, quoted)
    said = await document(work, post, author)
    await announce(work, author, post, activities.create(said, work.now))
    if quoted is not None:
        await consents.ask(work, author, post, quoted, said)
    await tell_addressed(work, post, addressed, parent)
    await tell_feeds(work, post)
    await previews.ask(work, post)
    if post.visibility == "public":
        await webhooks.tell(
            work, "post.published", id=str(post.id), uri=post.uri, url=post.url, author=author.handle, html=post.content
        )
    return post


async def revise(work: Writing, author: Actor, post_id: int, draft: Draft) -> Post:
    """Correct a post. Who may read it and what it answers stay as they are; people newly named are told.

    Votes stay as long as what there is to choose from does.
    """
    post = await own(work, author, post_id)
    if post.kind not in rules.SAID:
        raise NotFound
    if post.kind != "article" and draft.title:
        raise Invalid({"title": N_("Only what began with a title has one.")})
    text = rules.check(draft.text, draft.warning, draft.lens, post.visibility, len(draft.pictures), draft.title)
    poll = _poll(draft, text)
    before = await versions.now(work, post)
    post.title = rules.title(draft.title) or post.title
    parent = await work.session.get(Post, post.parent_id) if post.parent_id else None
    earlier = [actor for actor in await mentioned(work, post.id) if actor.id != post.circle_id]
    known = await people.named_in(work, text) if draft.names_people else {}
    rendered = markdown.render(text, people.as_named(known), work.uris.tag, has_headings=bool(post.title))
    named = [known[handle] for handle in rendered.mentions]
    # Whoever was addressed once has the text already, and learns of the correction.
    addressed = await _addressed(work, author, parent, [*named, *earlier], ())
    where = await places.of_post(work, post, addressed)
    if where is not None:
        addressed = where.reached(addressed)
    greeting = _greeting(addressed, rendered.mentions, known) if post.visibility == "direct" else ""
    to, cc = (
        where.addressing(addressed)
        if where is not None
        else wire.addressing(post.visibility, author.followers_uri or "", [actor.uri for actor in addressed])
    )
    post.content, post.source, post.preview_id = _greet(greeting, rendered.html), text, None
    post.warning = draft.warning.strip()
    post.is_sensitive = draft.is_sensitive or bool(post.warning)
    post.lens, post.language = draft.lens, draft.language
    post.may_quote = _policy(draft) or post.may_quote
    post.to, post.cc, post.updated_at = list(to), list(cc), work.now
    await keep_mentions(work, post, where.mentioned(addressed) if where is not None else addressed)
    await keep_tags(work, post, rendered.hashtags)
    await keep_pictures(work, author, post, draft.pictures)
    if poll is not None and await polls.differs(work, post.id, poll):
        post.kind = "poll"
        await polls.put(work, post, poll)
    await versions.keep(work, before, post)
    await announce(work, author, post, activities.update(await document(work, post, author), work.now))
    told = {actor.id for actor in earlier}
    await tell_addressed(work, post, [actor for actor in addressed if actor.id not in told], parent)
    await tell_feeds(work, post)
    await previews.ask(work, post)
    return post


async def retell(work: Writing, post: Post) -> None:
    """Something beside the words of a post of ours changed: whoever has it gets it anew, and nobody is told."""
    author = await work.session.get_one(Actor, post.author_id)
    await announce(work, author, post, activities.update(await document(work, post, author), work.now))


async def withdraw(work: Writing, author: Actor, post_id: int) -> Post:
    """Take a post back: its text and pictures go, its address answers "gone" from now on, and everybody is told."""
    post = await own(work, author, post_id)
    told = await concerned(work, post)
    to, cc = tuple(post.to), tuple(post.cc)
    await bury(work, post)
    await announce(work, author, post, activities.delete(author.uri, post.uri, work.now, to, cc), told)
    await tell_feeds(work, post)
    return post


async def document(work: Reading, post: Post, author: Actor) -> Document:
    """The Note, Article or Question of a post of ours as it is sent and served."""
    return wire.note(
        post,
        author,
        work.uris,
        mentions=await named_in(work, post.id),
        tags=await tags_of(work, post.id),
        pictures=await media.pictures_of(work, post.id),
        question=await polls.question(work, post.id) if post.kind == "poll" else None,
        group=await places.group_of(work, post),
        quoted=await quoting.quoted_by(work, post),
    ).write()


def _policy(draft: Draft) -> str | None:
    if draft.may_quote not in (None, *quoting.POLICIES):
        raise Invalid({"may_quote": N_("Please choose one of these.")})
    return draft.may_quote


def _poll(draft: Draft, text: str) -> PollDraft | None:
    if draft.poll is None:
        return None
    if draft.title:
        raise Invalid({"title": N_("A question with answers to choose from has no title.")})
    if not text:
        raise Invalid({"text": N_("What is the question?")})
    return poll_rules.check(draft.poll)


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
    return [actor for actor in wanted.values() if await _is_reached(work, author, actor, actor.id in further)]


async def _is_reached(work: Reading, author: Actor, actor: Actor, is_written_to: bool) -> bool:
    """Nobody writes to whom they keep apart from. A name in a text stays a name; a letter is refused in words."""
    if is_written_to:
        await require_reach(work, author, actor)
    return await may_reach(work, author, actor)


async def leave_room(work: Reading, author: Actor, addressed: Sequence[Actor]) -> None:
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


def greeted(to: Sequence[Actor], html: str) -> str:
    """A text that names those it is for first: without, other programs do not show them a direct note."""
    return _greet(_greeting(to, (), {}), html)


def _greet(greeting: str, html: str) -> str:
    if not greeting:
        return html
    return f"<p>{greeting} {html[3:]}" if html.startswith("<p>") else f"<p>{greeting}</p>{html}"
