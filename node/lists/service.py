"""Lists of people: made, changed, filled and read by their owner alone."""

from collections.abc import Sequence

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Invalid, NotFound
from node.follows.model import Follow
from node.ids import new_id
from node.lists.model import ListedPerson, PeopleList
from node.windows import Window
from node.words import N_, Message
from node.work import Reading, Writing

MOST = 100
"""Lists of one member."""
MOST_PEOPLE = 500
"""People on one list."""
REPLIES = ("followed", "list", "none")


async def make(
    work: Writing, owner_id: int, title: str, *, replies: str = "list", exclusive: bool = False
) -> PeopleList:
    """A new, empty list. Raises Invalid."""
    await work.count_alone("lists", owner_id)
    count = await work.session.scalar(
        sa.select(sa.func.count()).select_from(PeopleList).where(PeopleList.owner_id == owner_id)
    )
    if (count or 0) >= MOST:
        raise Invalid(message=Message(N_("Please give at most %(most)d."), {"most": MOST}))
    row = PeopleList(id=new_id(work.now), owner_id=owner_id, title="", created_at=work.now)
    work.session.add(row)
    _set(row, title, replies, exclusive)
    await work.session.flush()
    return row


async def revise(
    work: Writing, owner_id: int, list_id: int, title: str | None, replies: str | None, exclusive: bool | None
) -> PeopleList:
    """Change what is given. Raises NotFound, Invalid."""
    row = await one(work, owner_id, list_id)
    _set(
        row,
        row.title if title is None else title,
        row.replies if replies is None else replies,
        row.is_exclusive if exclusive is None else exclusive,
    )
    await work.session.flush()
    return row


def _set(row: PeopleList, title: str, replies: str, exclusive: bool) -> None:
    title = " ".join(title.split())
    if not title:
        raise Invalid({"title": N_("This is missing.")})
    if len(title) > 200:
        raise Invalid({"title": Message(N_("This is longer than %(most)d characters."), {"most": 200})})
    if replies not in REPLIES:
        raise Invalid({"replies_policy": N_("Please choose one of these.")})
    row.title, row.replies, row.is_exclusive = title, replies, exclusive


async def drop(work: Writing, owner_id: int, list_id: int) -> None:
    """Raises NotFound."""
    await work.session.delete(await one(work, owner_id, list_id))
    await work.session.flush()


async def one(work: Reading, owner_id: int, list_id: int) -> PeopleList:
    """A list of this owner. Raises NotFound."""
    row = await work.session.get(PeopleList, list_id)
    if row is None or row.owner_id != owner_id:
        raise NotFound
    return row


async def owned(work: Reading, owner_id: int, with_actor_id: int | None = None) -> Sequence[PeopleList]:
    """The owner's lists by name; only those with somebody on them where ``with_actor_id`` is given."""
    chosen = sa.select(PeopleList).where(PeopleList.owner_id == owner_id).order_by(PeopleList.title, PeopleList.id)
    if with_actor_id is not None:
        chosen = chosen.where(
            sa.exists().where(ListedPerson.list_id == PeopleList.id, ListedPerson.actor_id == with_actor_id)
        )
    return (await work.session.scalars(chosen)).all()


async def add(work: Writing, owner_id: int, list_id: int, actor_ids: Sequence[int]) -> None:
    """Put people on a list; the owner must follow them. Raises NotFound, Invalid."""
    await work.count_alone("list", list_id)
    row = await one(work, owner_id, list_id)
    wanted = set(actor_ids)
    followed = set(
        await work.session.scalars(
            sa.select(Follow.followed_id).where(
                Follow.follower_id == owner_id, Follow.followed_id.in_(wanted), Follow.state != "rejected"
            )
        )
    )
    if wanted - followed - {owner_id}:
        raise NotFound
    there = set(await work.session.scalars(sa.select(ListedPerson.actor_id).where(ListedPerson.list_id == row.id)))
    if len(there | wanted) > MOST_PEOPLE:
        raise Invalid({"account_ids": Message(N_("Please give at most %(most)d."), {"most": MOST_PEOPLE})})
    work.session.add_all(ListedPerson(list_id=row.id, actor_id=id) for id in sorted(wanted - there))
    await work.session.flush()


async def take_off(work: Writing, owner_id: int, list_id: int, actor_ids: Sequence[int]) -> None:
    """Raises NotFound for a list that is not the owner's."""
    row = await one(work, owner_id, list_id)
    await work.session.execute(
        sa.delete(ListedPerson).where(ListedPerson.list_id == row.id, ListedPerson.actor_id.in_(actor_ids))
    )


async def people(work: Reading, owner_id: int, list_id: int, part: Window | None) -> Sequence[Actor]:
    """Who is on a list, all of them where ``part`` is None. Raises NotFound."""
    row = await one(work, owner_id, list_id)
    chosen = (
        sa.select(Actor)
        .join(ListedPerson, ListedPerson.actor_id == Actor.id)
        .where(ListedPerson.list_id == row.id, Actor.gone_at.is_(None))
    )
    if part is None:
        return (await work.session.scalars(chosen.order_by(Actor.id.desc()).limit(MOST_PEOPLE))).all()
    return part.in_order((await work.session.scalars(part.cut(chosen, Actor.id))).all())


async def forget_unfollowed(work: Writing, owner_id: int, actor_id: int) -> None:
    """Whoever is followed no more leaves the lists."""
    mine = sa.select(PeopleList.id).where(PeopleList.owner_id == owner_id)
    await work.session.execute(
        sa.delete(ListedPerson).where(ListedPerson.actor_id == actor_id, ListedPerson.list_id.in_(mine))
    )
