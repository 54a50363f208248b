"""Where something is said: to everybody, or in a circle here or elsewhere, with those whom it then reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from node.access import OPEN
from node.actors.model import Actor
from node.circles import distribution, members
from node.circles.distribution import CLOSED
from node.circles.model import Circle, CircleMember
from node.errors import Forbidden, NotFound
from node.follows import service as follows
from node.posts.model import Post
from node.words import N_
from node.work import Reading, Writing
from schemas.group import Group
from schemas.values import PUBLIC, Document

MOST_AN_HOUR = 60
"""Posts of one member elsewhere that a circle takes and passes on."""


@dataclass(frozen=True, slots=True)
class Place:
    """A circle in which a member says something. ``circle`` is there for one of ours."""

    group: Actor
    is_closed: bool
    circle: Circle | None = None
    elsewhere: tuple[Actor, ...] = ()
    """Members of a closed circle on other servers."""
    inside: frozenset[int] = frozenset()
    """Who of all that are named is in a closed circle."""

    @property
    def visibility(self) -> str:
        return CLOSED if self.is_closed else "public"

    def addressing(self, people: Sequence[Actor]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """``to`` and ``cc`` of what is said here and names these people (FEP-1b12)."""
        named = [actor.uri for actor in people]
        if self.is_closed:
            return tuple(dict.fromkeys([self.group.uri, *(actor.uri for actor in self.elsewhere), *named])), ()
        return (self.group.uri, PUBLIC), tuple(uri for uri in (self.group.followers_uri, *named) if uri)

    def mentioned(self, people: Sequence[Actor]) -> list[Actor]:
        """Who stands in ``tag``: software without groups finds an open circle by being named."""
        return [*people] if self.is_closed else [*people, self.group]

    def reached(self, people: Sequence[Actor]) -> list[Actor]:
        """Who of those named is told: in a closed circle only who is in it."""
        return [actor for actor in people if not self.is_closed or actor.id in self.inside]


async def place(
    work: Reading, author: Actor, visibility: str, circle_id: int | None, parent: Post | None, named: Sequence[Actor]
) -> Place | None:
    """Where ``author`` says something; None where it is in no circle. Raises NotFound, Gone, Forbidden.

    An answer is said where the beginning was said, unless it is for somebody alone. Naming a circle in the text, as one
    names a person, is the way there for apps that know nothing of circles.
    """
    is_answer = parent is not None
    if parent is not None:
        circle_id = parent.circle_id
        if visibility not in OPEN and not (visibility == CLOSED or parent.visibility == CLOSED):
            return None
        if visibility == "direct":
            return None
    if circle_id is None and not is_answer and visibility in OPEN:
        circle_id = await _named(work, author, named)
    if circle_id is None:
        return None
    group = await work.session.get(Actor, circle_id)
    if group is None or group.kind != "group" or group.gone_at is not None or group.suspended_at is not None:
        if is_answer:
            return None
        raise NotFound
    if not group.is_local:
        return await _elsewhere(work, author, group, parent)
    circle, _ = await members.found(work, circle_id)
    row = await members.standing(work, circle_id, author.id)
    if row is None or row.state != "member":
        if is_answer and not circle.is_closed:
            return None  # anybody may answer what everybody reads; it just does not stand in the circle
        raise Forbidden(N_("Only members of this circle can say something in it."))
    if circle.only_moderators_post and not is_answer and row.role != "moderator":
        raise Forbidden(N_("In this circle the moderators begin. You can answer them."))
    if not circle.is_closed:
        return Place(group, False, circle)
    inside = await _inside(work, circle_id, [actor.id for actor in named])
    return Place(group, True, circle, tuple(await distribution.members_elsewhere(work, circle_id)), inside)


async def _named(work: Reading, author: Actor, named: Sequence[Actor]) -> int | None:
    """The circle among those named in which the author can begin something."""
    for group in named:
        if group.kind != "group":
            continue
        if not group.is_local:
            row = await follows.between(work, author.id, group.id)
            if row is not None and row.state == "accepted":
                return group.id
            continue
        circle, standing = await work.session.get(Circle, group.id), await members.standing(work, group.id, author.id)
        if circle is None or standing is None or standing.state != "member":
            continue
        if not circle.only_moderators_post or standing.role == "moderator":
            return group.id
    return None


async def _elsewhere(work: Reading, author: Actor, group: Actor, parent: Post | None) -> Place | None:
    row = await follows.between(work, author.id, group.id)
    if row is None or row.state != "accepted":
        if parent is not None and parent.visibility in OPEN:
            return None
        raise Forbidden(N_("Only members of this circle can say something in it."))
    door = Group.read(group.document or {})
    return Place(group, door.is_closed or (parent is not None and parent.visibility == CLOSED))


async def of_post(work: Reading, post: Post, named: Sequence[Actor]) -> Place | None:
    """Where a post of ours was said. Nobody is asked anew whether they may."""
    group = await group_of(work, post)
    if group is None:
        return None
    if not group.is_local or post.visibility != CLOSED:
        return Place(group, post.visibility == CLOSED)
    inside = await _inside(work, group.id, [actor.id for actor in named])
    return Place(group, True, None, tuple(await distribution.members_elsewhere(work, group.id)), inside)


async def _inside(work: Reading, circle_id: int, ids: Sequence[int]) -> frozenset[int]:
    rows = await work.session.scalars(
        sa.select(CircleMember.actor_id).where(
            CircleMember.circle_id == circle_id, CircleMember.state == "member", CircleMember.actor_id.in_(list(ids))
        )
    )
    return frozenset(rows)


async def group_of(work: Reading, post: Post) -> Actor | None:
    """The circle in which a post was said, here or elsewhere."""
    return await work.session.get(Actor, post.circle_id) if post.circle_id is not None else None


async def take_from_origin(work: Writing, author: Actor, post: Post, audience: str | None) -> None:
    """A copy stands in the circle it names when that is on the server of its author, which speaks for both.

    Whoever else names a circle may claim what they like: the circle itself has to pass it on.
    """
    if audience is None or post.circle_id is not None or audience not in (*post.to, *post.cc):
        return
    group = await work.session.scalar(
        sa.select(Actor).where(Actor.uri == audience, Actor.kind == "group", Actor.is_local.is_(False))
    )
    if group is not None and group.host == author.host:
        await stand(work, group, post)


async def stand(work: Writing, group: Actor, post: Post) -> None:
    """A post stands in a group that passed it on. What is not for everybody is for those in the group."""
    post.circle_id = group.id
    if post.visibility == "direct":
        post.visibility = CLOSED
    await work.session.flush()


def names(group: Actor, post: Post, document: Document | None = None) -> bool:
    """Whether a post says itself that it is for this group."""
    if group.uri in (*post.to, *post.cc):
        return True
    said = (document if document is not None else post.document or {}).get("audience")
    return group.uri == said or (isinstance(said, list) and group.uri in said)


async def receive(work: Writing, author: Actor, post: Post, activity: Document) -> bool:
    """What a member elsewhere addressed to a circle of ours, or answered in it, becomes part of it and is passed on.

    False when it is for no circle, or not theirs to put there: it stays what it is, a post that we have.
    """
    if post.is_local or post.deleted_at is not None:
        return False
    group = await _meant(work, post)
    if group is None:
        return False
    circle = await work.session.get(Circle, group.id)
    row = await members.standing(work, group.id, author.id)
    if circle is None or circle.ended_at is not None or row is None or row.state != "member":
        return False
    if circle.only_moderators_post and post.parent_uri is None and row.role != "moderator":
        return False
    if await _says_too_much(work, author, group):
        return False
    # What is said to everybody cannot be kept among members, and the other way round.
    if circle.is_closed is not (post.visibility == "direct") and post.visibility != CLOSED:
        return False
    # An answer in private, to one person, stays between the two, also where it answers something said in the circle.
    if circle.is_closed and post.visibility == "direct" and not await _is_for_several(work, group, author, post):
        return False
    if circle.is_closed:
        post.visibility = CLOSED
    elif post.visibility not in OPEN:
        return False
    post.circle_id = group.id
    await work.session.flush()
    await distribution.spread(work, circle, group, post, activity)
    return True


async def _says_too_much(work: Reading, author: Actor, group: Actor) -> bool:
    """Whether a member elsewhere said as much in this circle lately as anybody would want to hear."""
    lately = sa.select(sa.func.count()).where(
        Post.circle_id == group.id, Post.author_id == author.id, Post.received_at > work.now - timedelta(hours=1)
    )
    return (await work.session.scalar(lately) or 0) >= MOST_AN_HOUR


async def _is_for_several(work: Reading, group: Actor, author: Actor, post: Post) -> bool:
    """Whether something that is not for everybody is addressed to the circle, or to more than one of its members."""
    addressees = {*post.to, *post.cc} - {author.uri}
    if group.uri in addressees or group.followers_uri in addressees:
        return True
    ids = await work.session.scalars(sa.select(Actor.id).where(Actor.uri.in_(list(addressees)[:50])))
    return len(await _inside(work, group.id, ids.all())) > 1


async def _meant(work: Reading, post: Post) -> Actor | None:
    """The circle of ours that a copy is for. An answer is where the beginning is."""
    if post.parent_uri is not None:
        parent = await work.session.get(Post, post.parent_id) if post.parent_id is not None else None
        group = await group_of(work, parent) if parent is not None else None
        return group if group is not None and group.is_local else None
    ours = f"{work.uris.base}/ap/actors/"
    named = [uri for uri in (*post.to, *post.cc) if uri.startswith(ours)][:20]
    if not named:
        return None
    return await work.session.scalar(
        sa.select(Actor)
        .where(Actor.uri.in_(named), Actor.kind == "group", Actor.is_local, Actor.gone_at.is_(None))
        .order_by(Actor.id)
        .limit(1)
    )
