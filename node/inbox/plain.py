"""Keeps what is plain of what came in, many at once: what is to be known of all is asked once, then all is written.

Plain is a new note or answer, or a boost of one, by somebody whom we know and read, or a note that names members who
hear of what its author says; and that somebody follows one of ours who lets everybody in, when there is nothing yet
between the two. Whatever turns out not to be, after a look at the tables, is left alone: ``federation.activities`` has
the rules for it, and says no in their name. What a row looks like is said once, in the slices the rows belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from node.access import OPEN
from node.actors.model import Actor
from node.asking import Question, among, given
from node.boosts import service as boosts
from node.changing import Change, blank, table_of
from node.db import Moment
from node.emojis import service as emojis
from node.follows import newcomers
from node.follows.newcomers import Door, Newcomer
from node.follows.queries import is_read_here
from node.ids import new_id
from node.inbox import naming
from node.inbox.naming import Called, Circumstances
from node.media.model import Media
from node.moderation.model import Block
from node.peers import service as peers
from node.posts import copies, parts
from node.posts.model import Post, PostMention, PostTag, Tombstone
from node.posts.parts import Said
from node.work import Reading, Writing
from schemas.emoji import Emoji
from schemas.note import Note

KNOWN_WELL = timedelta(days=1)
"""Whose profile was read longer ago is looked up first, and that is not plain."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plain:
    """An activity that may be plain, as far as one can see without looking anything up."""

    key: int
    """Of its row in ``received``."""
    uri: str
    actor_uri: str
    to: Sequence[str]
    cc: Sequence[str]
    at: datetime | None
    note: Note | None = None
    """Of a Create; without it, it is an Announce of ``passed_on``, or a Follow of ``follows``."""
    deal: str | None = None
    """The conversation that the note says it is part of, where that may be a deal."""
    passed_on: str = ""
    follows: str = ""


class _Person(NamedTuple):
    id: int
    uri: str
    host: str
    followers_uri: str | None
    is_read: bool


class _Known(NamedTuple):
    """What is asked of a post that is answered, passed on, or said to be new."""

    uri: str
    id: int
    url: str
    kind: str
    lens: str
    visibility: str
    is_local: bool
    is_deleted: bool
    circle_id: int | None
    author_id: int
    author_host: str
    is_author_welcome: bool


@dataclass(slots=True)
class _Facts:
    """How things stand: before any of it is kept, and then with what was kept already."""

    people: dict[str, _Person]
    posts: dict[str, _Known]
    buried: dict[str, str]
    shut_out: set[str]
    passed_on: set[tuple[int, int]] = field(default_factory=set)
    """(who, post)"""
    apart: set[tuple[int, int]] = field(default_factory=set)
    named: dict[str, int] = field(default_factory=dict)
    doors: dict[tuple[int, str], Door] = field(default_factory=dict)
    """Through which somebody may come, by their key and the address of whom they follow."""
    members: Circumstances = field(default_factory=Circumstances)


@dataclass(slots=True)
class _Rows:
    """What is to be written."""

    posts: list[Row] = field(default_factory=list)
    mentions: list[Row] = field(default_factory=list)
    tags: list[Row] = field(default_factory=list)
    media: list[Row] = field(default_factory=list)
    emojis: list[tuple[str, Sequence[Emoji]]] = field(default_factory=list)
    """(host, what a text brought along)"""
    boosted: dict[int, int] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    let_in: list[tuple[Newcomer, Door]] = field(default_factory=list)


async def keep(work: Writing, items: Sequence[Plain]) -> list[int]:
    """Keep those of ``items`` that are plain; the keys of their rows.

    An actor's are kept in their order, up to the first one that is left alone.
    """
    facts = await _look(work, items)
    rows, kept, over = _Rows(), list[int](), set[str]()
    for item in items:
        person = facts.people.get(item.actor_uri)
        if person is None or item.actor_uri in over or not _take(work, facts, rows, person, item):
            over.add(item.actor_uri)
        else:
            kept.append(item.key)
    if kept:
        await _write(work, facts, rows)
    return kept


# what there is to know


class _Found(NamedTuple):
    one: Any
    other: Any


_PEOPLE = Question(
    _Person,
    sa.select(Actor.id, Actor.uri, Actor.host, Actor.followers_uri, is_read_here()).where(
        among(Actor.uri, "uris"),
        Actor.is_local.is_(False),
        Actor.suspended_at.is_(None),
        Actor.gone_at.is_(None),
        Actor.fetched_at > given("since", Moment),
    ),
)
_POSTS = Question(
    _Known,
    sa.select(
        Post.uri,
        Post.id,
        Post.url,
        Post.kind,
        Post.lens,
        Post.visibility,
        Post.is_local,
        Post.deleted_at.is_not(None),
        Post.circle_id,
        Post.author_id,
        Actor.host,
        sa.and_(Actor.suspended_at.is_(None), Actor.gone_at.is_(None)),
    )
    .join(Actor, Actor.id == Post.author_id)
    .where(among(Post.uri, "uris")),
)
_BURIED = Question(_Found, sa.select(Tombstone.uri, Tombstone.actor_uri).where(among(Tombstone.uri, "uris")))
_NAMED = Question(_Found, sa.select(Actor.uri, Actor.id).where(among(Actor.uri, "uris")))
_PASSED_ON = Question(
    _Found,
    sa.select(Post.author_id, Post.boost_of_id).where(Post.boost_of_id.is_not(None), among(Post.boost_of_id, "ids")),
)
_APART = Question(
    _Found,
    sa.select(Block.blocking_id, Block.blocked_id).where(
        among(Block.blocking_id, "ids"), among(Block.blocked_id, "ids")
    ),
)


async def _look(work: Reading, items: Sequence[Plain]) -> _Facts:
    senders = {item.actor_uri for item in items}
    people = {one.uri: one for one in await _PEOPLE.ask(work, uris=senders, since=work.now - KNOWN_WELL)}
    new = [item.note.id if item.note is not None else item.uri for item in items if not item.follows]
    about = [item.note.in_reply_to if item.note is not None else item.passed_on for item in items]
    posts = {one.uri: one for one in await _POSTS.ask(work, uris={*new, *(uri for uri in about if uri)})}
    buried = dict(await _BURIED.ask(work, uris=new))
    boosted = [posts[item.passed_on] for item in items if item.passed_on in posts]
    hosts = {person.host for person in people.values()} | {post.author_host for post in boosted}
    facts = _Facts(people, posts, buried, await peers.shut_out(work, hosts))
    if boosted:
        facts.passed_on = set(await _PASSED_ON.ask(work, ids={post.id for post in boosted}))
    if any(item.passed_on for item in items):
        ids = {*(person.id for person in people.values()), *(post.author_id for post in boosted)}
        facts.apart = set(await _APART.ask(work, ids=ids))
    notes = [(people[item.actor_uri], item, item.note) for item in items if item.note and item.actor_uri in people]
    ours = {uri for _, item, note in notes for uri in _ours(work, item, note)}
    named = ours.union(mention.href for _, _, note in notes for mention in note.mentions)
    if named:
        facts.named = dict(await _NAMED.ask(work, uris=named))
    if ours:
        facts.members = await naming.look(
            work,
            ours,
            {person.id for person, _, _ in notes},
            {note.context for _, _, note in notes if note.context},
            {item.deal for _, item, _ in notes if item.deal},
        )
    asking = [(people[item.actor_uri], item) for item in items if item.follows and item.actor_uri in people]
    if asking:
        facts.doors = await newcomers.open_doors(work, [_newcomer(person, item) for person, item in asking])
    return facts


def _ours(work: Reading, item: Plain, note: Note) -> list[str]:
    """The addresses on this node that something is sent to."""
    return [uri for uri in (*note.to, *note.cc, *item.to, *item.cc) if work.uris.is_ours(uri)]


def _newcomer(person: _Person, item: Plain) -> Newcomer:
    return Newcomer(item.uri, person.id, person.uri, person.host, item.follows)


# what is to be done


def _take(work: Writing, facts: _Facts, rows: _Rows, person: _Person, item: Plain) -> bool:
    if person.host in facts.shut_out:
        return False
    if item.note is not None:
        return _take_note(work, facts, rows, person, item, item.note)
    if item.follows:
        return _take_follow(facts, rows, person, item)
    return _take_boost(work, facts, rows, person, item)


def _take_note(work: Writing, facts: _Facts, rows: _Rows, author: _Person, item: Plain, note: Note) -> bool:
    if note.id in facts.posts or facts.buried.get(note.id) == author.uri:
        return False
    parent, ours = facts.posts.get(note.in_reply_to or ""), _ours(work, item, note)
    if parent is not None and parent.circle_id is not None:
        return False
    # An answer to what was said to few, or to oneself, may be a word in a deal, or a yes.
    is_loose = parent is None or (parent.visibility in OPEN and parent.author_id != author.id)
    if not is_loose and (ours or (parent is not None and parent.is_local)):
        return False
    members = facts.members.addressed(ours, author.id, note.context, item.deal)
    addressees = {*note.to, *note.cc}
    called = [member for member in members or () if member.uri in addressees]
    if members is None or (parent is None and not author.is_read and not called):
        return False
    begun = copies.as_it_begins(note, "note", author.id, parent.id if parent is not None else None, work.now)
    row = _WHOLE | begun | copies.as_said(note, "note", author.followers_uri)
    rows.posts.append(row)
    id = row["id"]
    wanted = [*(mention.href for mention in note.mentions), *(uri for uri in ours if uri in addressees)]
    known = {facts.named[uri]: uri for uri in wanted if uri in facts.named}
    rows.mentions += [
        {"post_id": id, "actor_id": actor_id, "is_addressed": uri in addressees} for actor_id, uri in known.items()
    ]
    rows.tags += [{"post_id": id, "tag": tag} for tag in parts.folded([word for word, _ in note.hashtags])]
    rows.media += [
        _SHOWN
        | {"id": new_id(work.now), "owner_id": author.id, "post_id": id, "created_at": work.now}
        | copies.as_shown(picture, position)
        for position, picture in enumerate(note.pictures)
    ]
    if note.emojis:
        rows.emojis.append((author.host, note.emojis))
    if row["visibility"] != "direct":
        rows.said.append(Said(id, author.id, row["visibility"], is_beginning=note.in_reply_to is None))
    for member in called:
        answered = parent.kind if parent is not None and parent.author_id == member.id else None
        kind = parts.kind_of_news("note", row["visibility"], answered)
        rows.called.append(Called(member, kind, id, author.id))
    _remember(facts, row, author)
    return True


def _take_boost(work: Writing, facts: _Facts, rows: _Rows, person: _Person, item: Plain) -> bool:
    post = facts.posts.get(item.passed_on)
    if not person.is_read or post is None or post.is_local or item.uri in facts.posts:
        return False
    if facts.buried.get(item.uri) == person.uri or (person.id, post.id) in facts.passed_on:
        return False
    if post.is_deleted or not post.is_author_welcome or post.author_host in facts.shut_out:
        return False
    if (person.id, post.author_id) in facts.apart or (post.author_id, person.id) in facts.apart:
        return False
    visibility = boosts.width(person.followers_uri, item.to, item.cc)
    if visibility is None or not boosts.is_for_passing_on(post.kind, post.visibility):
        return False
    row = _WHOLE | boosts.as_it_is(
        item.uri,
        person.id,
        is_local=False,
        of_id=post.id,
        url=post.url,
        lens=post.lens,
        visibility=visibility,
        to=item.to,
        cc=item.cc,
        at=min(item.at or work.now, work.now),
        now=work.now,
    )
    rows.posts.append(row)
    rows.boosted[post.id] = rows.boosted.get(post.id, 0) + 1
    rows.said.append(Said(row["id"], person.id, visibility, is_boost=True))
    facts.passed_on.add((person.id, post.id))
    _remember(facts, row, person)
    return True


def _take_follow(facts: _Facts, rows: _Rows, person: _Person, item: Plain) -> bool:
    door = facts.doors.pop((person.id, item.follows), None)  # who asks twice is no newcomer the second time
    if door is None:
        return False
    rows.let_in.append((_newcomer(person, item), door))
    return True


def _remember(facts: _Facts, row: Row, author: _Person) -> None:
    """The next may answer it, pass it on, or be the same once more."""
    facts.posts[row["uri"]] = _Known(
        row["uri"],
        row["id"],
        row["url"],
        row["kind"],
        row["lens"],
        row["visibility"],
        False,
        False,
        None,
        author.id,
        author.host,
        True,
    )


# what is written


_POST, _MEDIA = table_of(Post), table_of(Media)
_WHOLE, _SHOWN = blank(_POST), blank(_MEDIA)
_ADD_POSTS, _ADD_MEDIA = Change(sa.insert(_POST)), Change(sa.insert(_MEDIA))
_ADD_MENTIONS, _ADD_TAGS = Change(sa.insert(table_of(PostMention))), Change(sa.insert(table_of(PostTag)))
_COUNT = Change(
    sa.update(_POST).where(_POST.c.id == sa.bindparam("key")).values(boosts=_POST.c.boosts + sa.bindparam("more"))
)
_ORPHANS = Question(
    _Found,
    sa.select(Post.parent_uri, sa.func.count())
    .where(among(Post.parent_uri, "uris"), (Post.parent_id + 0).is_(None))  # most have none: that index is no help
    .group_by(Post.parent_uri),
)
_ADOPT = Change(
    sa.update(_POST)
    .where(_POST.c.parent_uri == sa.bindparam("awaited"), _POST.c.parent_id.is_(None))
    .values(parent_id=sa.bindparam("key"))
)


async def _write(work: Writing, facts: _Facts, rows: _Rows) -> None:
    await _ADD_POSTS.make_many(work, rows.posts)
    await _ADD_MENTIONS.make_many(work, rows.mentions)
    await _ADD_TAGS.make_many(work, rows.tags)
    await _ADD_MEDIA.make_many(work, rows.media)
    # Always in the same order: two workers who count the same must not wait for each other in a circle.
    await _COUNT.make_many(work, [{"key": key, "more": more} for key, more in sorted(rows.boosted.items())])
    keys = {row["uri"]: row["id"] for row in rows.posts if row["boost_of_id"] is None}
    orphans = await _ORPHANS.ask(work, uris=keys)
    await _ADOPT.make_many(work, [{"awaited": found.one, "key": keys[found.one]} for found in orphans])
    for host, brought in rows.emojis:
        await emojis.keep(work, host, brought)
    await naming.tell(work, facts.members, rows.called)
    await parts.tell_followers(work, rows.said)
    await newcomers.let_in(work, rows.let_in)
