"""Apps that want to be woken: subscribing, what wakes them, and what they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from node.access import readable
from node.accounts.model import AccessToken, Account
from node.actors.model import Actor
from node.deals.model import Deal
from node.errors import Invalid, NotFound
from node.follows.model import Follow
from node.ids import new_id
from node.markdown import plain
from node.notifications.model import Notification
from node.notifications.names import DEALS, TYPES
from node.posts.model import Post
from node.push import sealing
from node.push.model import PushSubscription
from node.settings.model import Setting
from node.words import N_
from node.work import Reading, Writing
from schemas.values import origin

POLICIES = ("all", "followed", "follower", "none")
ALERTS = (*dict.fromkeys(TYPES.values()), "update", "admin.sign_up", "admin.report")
MOST_FAILURES = 10
_KEY = "vapid key"
_AT_ONCE = 20
"""News sent to one app at a time; of more, the newest."""


@dataclass(frozen=True, slots=True)
class Wake:
    """One message to one app."""

    subscription_id: int
    endpoint: str
    public_key: str
    secret: str
    is_standard: bool
    message: bytes
    at: datetime
    notification_id: int


async def key(work: Reading) -> str:
    """The node's VAPID key as PEM; empty before anybody subscribed."""
    found = await work.session.get(Setting, _KEY)
    return work.safe.open(found.value) if found is not None else ""


async def make_key(work: Writing) -> str:
    """The node's VAPID key as PEM, made where there is none."""
    insert = work.insert(Setting)
    if not await key(work):
        made = work.safe.lock(sealing.new_key())
        await work.session.execute(insert.values(name=_KEY, value=made).on_conflict_do_nothing())
    return await key(work)


async def subscribe(
    work: Writing,
    token_id: int,
    account_id: int,
    endpoint: str,
    public_key: str,
    secret: str,
    *,
    is_standard: bool,
    alerts: Sequence[str],
    policy: str,
    token: str = "",
) -> PushSubscription:
    """Wake this app from now on; an earlier subscription of the same token ends. Raises Invalid.

    ``token`` goes back to the app with each message: some know by it for whom of several members it is.
    """
    scheme = (origin(endpoint) or "").partition("://")[0]
    if scheme != "https" and not (work.config.allow_http and scheme == "http"):
        raise Invalid({"subscription[endpoint]": N_("This is not an address on the web.")})
    try:
        sealing.read_point(public_key)
        is_secret = len(sealing.decode(secret)) == 16
    except ValueError:
        is_secret = False
    if not is_secret:
        raise Invalid({"subscription[keys]": N_("These are not the keys of a subscription.")})
    await work.session.execute(sa.delete(PushSubscription).where(PushSubscription.token_id == token_id))
    row = PushSubscription(
        id=new_id(work.now),
        token_id=token_id,
        account_id=account_id,
        endpoint=endpoint,
        public_key=public_key,
        secret=secret,
        is_standard=is_standard,
        token=work.safe.lock(token),
        alerts=[],
        told_at=work.now,
        told_id=0,
        created_at=work.now,
    )
    revise(row, alerts, policy)
    work.session.add(row)
    await work.session.flush()
    return row


def revise(row: PushSubscription, alerts: Sequence[str], policy: str) -> None:
    """Change what wakes an app. Raises Invalid."""
    if policy not in POLICIES:
        raise Invalid({"data[policy]": N_("Please choose one of these.")})
    row.alerts = [name for name in ALERTS if name in alerts]
    row.policy = policy


async def of_token(work: Reading, token_id: int) -> PushSubscription:
    """Raises NotFound."""
    row = await work.session.scalar(sa.select(PushSubscription).where(PushSubscription.token_id == token_id))
    if row is None:
        raise NotFound
    return row


async def hold(work: Writing, token_id: int, token: str) -> None:
    """A token was renewed: messages from now on name the new one."""
    await work.session.execute(
        sa.update(PushSubscription).where(PushSubscription.token_id == token_id).values(token=work.safe.lock(token))
    )


async def end(work: Writing, subscription_id: int) -> None:
    await work.session.execute(sa.delete(PushSubscription).where(PushSubscription.id == subscription_id))


async def due(work: Reading, account_id: int) -> list[Wake]:
    """What the apps of an account have not been told, the oldest first."""
    rows = await work.session.execute(
        sa.select(PushSubscription, Account)
        .join(AccessToken, AccessToken.id == PushSubscription.token_id)
        .join(Account, Account.id == PushSubscription.account_id)
        .where(
            PushSubscription.account_id == account_id,
            AccessToken.revoked_at.is_(None),
            Account.suspended_at.is_(None),
        )
    )
    found: list[Wake] = []
    for row, account in rows.all():
        news = await work.session.execute(
            sa.select(Notification, Actor, Post.content, Post.warning, Deal.title)
            .join(Actor, Actor.id == Notification.actor_id)
            .join(Post, Post.id == Notification.post_id, isouter=True)
            .join(Deal, sa.and_(Notification.kind.in_(DEALS), Deal.id == Notification.subject_id), isouter=True)
            .where(
                Notification.account_id == account_id,
                sa.or_(
                    Notification.visible_at > row.told_at,
                    sa.and_(Notification.visible_at == row.told_at, Notification.id > row.told_id),
                ),
                Notification.visible_at <= work.now,
                Notification.kind.in_([kind for kind, name in TYPES.items() if name in row.alerts]),
                sa.or_(Notification.post_id.is_(None), readable(account.actor_id)),
                *_from_whom(row.policy, account.actor_id),
            )
            .order_by(Notification.visible_at.desc(), Notification.id.desc())
            .limit(_AT_ONCE)
        )
        for notification, actor, content, warning, title in reversed(news.all()):
            message = {
                "access_token": work.safe.open(row.token) if row.token else "",
                "preferred_locale": account.language,
                "notification_id": notification.id,
                "notification_type": TYPES[notification.kind],
                "icon": actor.icon_url or "",
                "title": actor.name or actor.username,
                "body": plain(warning or content or "", 140) or title or "",
            }
            found.append(
                Wake(row.id, row.endpoint, row.public_key, row.secret, row.is_standard, orjson.dumps(message),
                     notification.visible_at, notification.id)
            )  # fmt: skip
    return found


def _from_whom(policy: str, actor_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    if policy == "none":
        return (sa.false(),)
    accepted = Follow.state == "accepted"
    if policy == "followed":
        return (sa.exists().where(Follow.follower_id == actor_id, Follow.followed_id == Actor.id, accepted),)
    if policy == "follower":
        return (sa.exists().where(Follow.followed_id == actor_id, Follow.follower_id == Actor.id, accepted),)
    return ()


async def told(work: Writing, wake: Wake) -> None:
    """It arrived: nobody sends it again."""
    await work.session.execute(
        sa.update(PushSubscription)
        .where(PushSubscription.id == wake.subscription_id, PushSubscription.told_at <= wake.at)
        .values(told_at=wake.at, told_id=wake.notification_id, failures=0)
    )


async def failed(work: Writing, subscription_id: int) -> None:
    """It did not; an app that cannot be reached for long is given up."""
    await work.session.execute(
        sa.update(PushSubscription)
        .where(PushSubscription.id == subscription_id)
        .values(failures=PushSubscription.failures + 1)
    )
    await work.session.execute(
        sa.delete(PushSubscription).where(
            PushSubscription.id == subscription_id, PushSubscription.failures >= MOST_FAILURES
        )
    )
