"""Telling a member that something concerns them: once for each cause, and not before their contact hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from node.accounts.model import Account
from node.asking import Question, among, copies, given
from node.changing import Change, adding, blank, table_of
from node.db import insert
from node.errands import service as errands
from node.etiquette import contact_hours
from node.follows.model import Follow
from node.ids import new_id
from node.invitations.model import Connection
from node.members.model import HostCard
from node.moderation.queries import hears
from node.notifications.model import TOGETHER, Notification, PutAway
from node.push.model import PushSubscription
from node.work import Reading, Writing

PUSH = "push"
"""The errand that wakes the apps of an account."""
TOPIC = "notifications"
"""What open pages listen to."""
QUIETLY = "one more"
"""What only open streams of apps listen to: one more does what others did, and the reader has not looked yet."""
OFFICIAL = frozenset({"report", "application"})
"""Kinds that the office is told of whomever it is about."""


_ACCOUNT_OF: Question[tuple[int]] = Question(
    tuple, sa.select(Account.id).where(Account.actor_id == given("actor"), Account.suspended_at.is_(None))
)
_ACTOR_OF: Question[tuple[int]] = Question(tuple, sa.select(Account.actor_id).where(Account.id == given("account")))
_HAS_APPS: Question[tuple[int]] = Question(
    tuple, sa.select(PushSubscription.id).where(PushSubscription.account_id == given("account")).limit(1)
)
_NEWS, _CAUSE = table_of(Notification), ("account_id", "kind", "cause")
_ADD = Change(
    lambda dialect: insert(_NEWS, dialect).on_conflict_do_nothing(index_elements=_CAUSE).returning(_NEWS.c.id)
)

_ADD_ALL, _BLANK = adding(_NEWS, *_CAUSE), blank(_NEWS)
_TOLD: Question[tuple[str]] = Question(
    tuple,
    sa.select(Notification.cause).where(
        Notification.account_id == given("account"),
        Notification.kind == given("kind", sa.String),
        among(Notification.cause, "causes"),
    ),
)


async def account_of(work: Reading, actor_id: int) -> int | None:
    """The account behind an actor of ours; None for everybody else."""
    found = await _ACCOUNT_OF.first(work, actor=actor_id)
    return found[0] if found is not None else None


async def notify(
    work: Writing,
    account_id: int,
    kind: str,
    cause: str,
    *,
    actor_id: int | None = None,
    post_id: int | None = None,
    subject_id: int | None = None,
    visible_at: datetime | None = None,
) -> bool:
    """Tell an account of something. False when the same cause told it before, or when it keeps who did it away."""
    if actor_id is not None and kind not in OFFICIAL:
        reader = await _ACTOR_OF.first(work, account=account_id)
        if reader is not None and not await hears(work, reader[0], actor_id, post_id):
            return False
    visible = max(visible_at or work.now, work.now)
    added = await _ADD.returned(
        work,
        id=new_id(work.now),
        account_id=account_id,
        kind=kind,
        cause=cause,
        actor_id=actor_id,
        post_id=post_id,
        subject_id=subject_id,
        visible_at=visible,
        read_at=None,
        created_at=work.now,
    )
    is_new = bool(added)
    if is_new and visible <= work.now:
        if await _is_one_more(work, account_id, kind, post_id):
            work.tell(account_id, QUIETLY)
        else:
            work.tell(account_id, TOPIC)
            await rouse_apps(work, account_id)
    return is_new


async def notify_of_many(
    work: Writing, account_id: int, kind: str, causes: Mapping[str, int], visible_at: datetime
) -> None:
    """As notify(), of what several people did (``{cause: actor}``), none of whom the account keeps away."""
    told = {row[0] for row in await _TOLD.ask(work, account=account_id, kind=kind, causes=causes)}
    news = [News(account_id, kind, cause, actor_id, None, visible_at) for cause, actor_id in causes.items()]
    await notify_all(work, [one for one in news if one.cause not in told])


class News(NamedTuple):
    """What an account is told of, as in notify()."""

    account_id: int
    kind: str
    cause: str
    actor_id: int
    post_id: int | None
    visible_at: datetime


async def notify_all(work: Writing, news: Sequence[News]) -> None:
    """As notify(), of causes that told nobody before, by people whom none of the accounts keeps away."""
    await _ADD_ALL.make_many(
        work,
        [
            _BLANK
            | one._asdict()
            | {"id": new_id(work.now), "visible_at": max(one.visible_at, work.now), "created_at": work.now}
            for one in news
        ],
    )
    for account_id in {one.account_id for one in news if one.visible_at <= work.now}:
        work.tell(account_id, TOPIC)
        await rouse_apps(work, account_id)


async def _is_one_more(work: Reading, account_id: int, kind: str, post_id: int | None) -> bool:
    """True when the reader was called for the same already and did not come yet."""
    if kind not in TOGETHER:
        return False
    return (await _WAITING.ask(work, post=post_id, account=account_id, kind=kind))[0][0] > 1


_WAITING: Question[tuple[int]] = Question(
    tuple,
    sa.select(sa.func.count()).where(
        Notification.post_id == given("post"),
        Notification.account_id == given("account"),
        Notification.kind == given("kind", sa.String),
        Notification.read_at.is_(None),
    ),
)


async def rouse_apps(work: Writing, account_id: int) -> None:
    """Have the apps of an account woken, where it has any that want to be."""
    if await _HAS_APPS.first(work, account=account_id):
        await errands.ask(work, PUSH, str(account_id))


async def withdraw(work: Writing, account_id: int, kind: str, cause: str) -> None:
    """Take back what an account was told, because it is answered or no longer true."""
    await work.session.execute(
        sa.delete(Notification).where(
            Notification.account_id == account_id, Notification.kind == kind, Notification.cause == cause
        )
    )
    work.tell(account_id, TOPIC)


async def dismiss(work: Writing, account_id: int, notification_id: int | None = None) -> None:
    """Take one notification, or all that are visible, off the list for good."""
    chosen = [Notification.account_id == account_id, Notification.visible_at <= work.now]
    if notification_id is not None:
        chosen.append(Notification.id == notification_id)
    await work.session.execute(sa.delete(Notification).where(*chosen))
    work.tell(account_id, TOPIC)


async def put_away(work: Writing, account_id: int, post_id: int) -> None:
    """Take a conversation out of an account's list until something new is said; ``post_id`` is what was said last."""
    if await work.session.get(PutAway, (account_id, post_id)) is None:
        work.session.add(PutAway(account_id=account_id, post_id=post_id))
        await work.session.flush()


async def mark_read(work: Writing, account_id: int) -> None:
    """Mark everything that is visible as read."""
    await work.session.execute(
        sa.update(Notification)
        .where(
            Notification.account_id == account_id,
            Notification.visible_at <= work.now,
            Notification.read_at.is_(None),
        )
        .values(read_at=work.now)
    )
    work.tell(account_id, TOPIC)


async def unread_about(
    work: Reading, account_id: int, post_ids: Sequence[int] = (), actor_id: int = 0, deal_id: int = 0
) -> list[int]:
    """Unread news about these posts, somebody following, or a deal: what a page that shows it may mark as read."""
    following = sa.and_(
        Notification.actor_id == actor_id, Notification.kind.in_(("follow", "follow_accepted", "invitation_accepted"))
    )
    dealing = sa.and_(Notification.subject_id == deal_id, Notification.kind.startswith("deal_", autoescape=True))
    found = await work.session.scalars(
        sa.select(Notification.id).where(
            Notification.account_id == account_id,
            Notification.read_at.is_(None),
            Notification.visible_at <= work.now,
            sa.or_(Notification.post_id.in_(list(post_ids)), following, dealing),
        )
    )
    return list(found)


async def mark_seen(work: Writing, account_id: int, ids: Sequence[int]) -> None:
    """Mark these as read."""
    await work.session.execute(
        sa.update(Notification)
        .where(Notification.account_id == account_id, Notification.id.in_(list(ids)), Notification.read_at.is_(None))
        .values(read_at=work.now)
    )


async def mark_unseen(work: Writing, account_id: int, post_id: int) -> None:
    """Let what tells of a post wait to be read once more."""
    await work.session.execute(
        sa.update(Notification)
        .where(Notification.account_id == account_id, Notification.post_id == post_id)
        .values(read_at=None)
    )
    work.tell(account_id, TOPIC)


LOOKED = timedelta(minutes=1)
"""How often the housekeeping looks for what became visible."""


async def ring_due(work: Writing) -> int:
    """Housekeeping: let open pages know of what contact hours held back and that became visible just now."""
    since = work.now - LOOKED
    accounts = (
        await work.session.scalars(
            sa.select(Notification.account_id)
            .where(Notification.visible_at > since, Notification.visible_at <= work.now, Notification.read_at.is_(None))
            .where(Notification.visible_at > Notification.created_at)
            .distinct()
        )
    ).all()
    for account_id in accounts:
        work.tell(account_id, TOPIC)
        await rouse_apps(work, account_id)
    return len(accounts)


async def may_disturb_at(work: Reading, host_id: int) -> datetime:
    """When a host may hear from a stranger: now, or when their contact hours begin."""
    card = await _CARD.first(work, host=host_id)
    if card is None:
        return work.now
    return contact_hours.next_moment(work.now, card.hours, card.days, card.time_zone)


_CARD = copies(HostCard, HostCard.actor_id == given("host"))


async def is_stranger(work: Reading, host_id: int, sender_id: int) -> bool:
    """True when the host neither follows the sender nor is connected with them."""
    found = await _KNOWS.first(work, host=host_id, sender=sender_id, pair=pair(host_id, sender_id))
    return found is None or not found[0]


_KNOWS: Question[tuple[bool]] = Question(
    tuple,
    sa.select(
        sa.or_(
            sa.exists().where(
                Follow.follower_id == given("host"), Follow.followed_id == given("sender"), Follow.state == "accepted"
            ),
            sa.exists().where(Connection.pair == given("pair", sa.String), Connection.state == "accepted"),
        )
    ),
)


def pair(one: int, other: int) -> str:
    """The key of two people, whoever asked first."""
    return f"{min(one, other)}:{max(one, other)}"


async def heard_at(work: Reading, host_id: int, sender_id: int) -> datetime:
    """When a host hears of what a sender says to them."""
    if await is_stranger(work, host_id, sender_id):
        return await may_disturb_at(work, host_id)
    return work.now
