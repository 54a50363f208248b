"""Members whom something plain names: what is between them and whoever says it, and news of it for all at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.asking import Question, among
from node.deals.model import Deal
from node.follows.model import Follow
from node.invitations.model import Connection
from node.moderation.model import ThreadMute
from node.moderation.queries import kept_away
from node.notifications import service as notifications
from node.notifications.service import News
from node.posts.people import MOST
from node.work import Reading, Writing


class Member(NamedTuple):
    """One of ours who is named."""

    uri: str
    id: int
    account_id: int | None
    """Where news of it goes, if anywhere."""


@dataclass(slots=True)
class Circumstances:
    """How things stand between members who are named and those who name them, all by database key."""

    members: Mapping[str, Member] = field(default_factory=dict)
    """By address."""
    apart: Collection[tuple[int, int]] = ()
    """(member, other): the member does not hear of what the other does."""
    near: Collection[tuple[int, int]] = ()
    """(member, other): the member follows the other, or they are connected."""
    silenced: Collection[tuple[int, str]] = ()
    """(member, conversation) of which the member wants to hear no more."""
    deals: Collection[str] = ()
    """Of the conversations asked about, those that are a deal's."""

    def addressed(
        self, ours: Sequence[str], author_id: int, conversation: str | None, deal: str | None
    ) -> list[Member] | None:
        """Who of ours it is for, by their addresses; None where a rule has more to say about it than that they hear."""
        found = [self.members[uri] for uri in dict.fromkeys(ours) if uri in self.members]
        if len(found) != len(set(ours)) or len(found) > MOST or (deal is not None and deal in self.deals):
            return None
        for member in found:
            if (member.id, author_id) in self.apart or (conversation and (member.id, conversation) in self.silenced):
                return None
        return found


async def look(
    work: Reading, ours: Collection[str], authors: Collection[int], conversations: Collection[str], deals: Iterable[str]
) -> Circumstances:
    """``ours`` are addresses on this node that are named, by any of ``authors``."""
    found = {member.uri: member for member in await _MEMBERS.ask(work, uris=ours)}
    if not found:
        return Circumstances()
    ids, deals = {member.id for member in found.values()}, set(deals)
    return Circumstances(
        found,
        await kept_away(work, ids, authors),
        set(await _NEAR.ask(work, ids=ids, others=authors)),
        set(await _SILENCED.ask(work, ids=ids, conversations=conversations)) if conversations else (),
        {uri for row in await _DEALS.ask(work, uris=deals) for uri in row if uri} if deals else (),
    )


class Called(NamedTuple):
    """A member whom a post calls."""

    member: Member
    kind: str
    """Of the news it is."""
    post_id: int
    author_id: int


async def tell(work: Writing, circumstances: Circumstances, called: Sequence[Called]) -> None:
    """Notify the members; a stranger's words wait for their contact hours."""
    hours: dict[int, datetime] = {}
    news = []
    for one in called:
        member = one.member
        if member.account_id is None or member.id == one.author_id:
            continue
        at = work.now
        if (member.id, one.author_id) not in circumstances.near:
            if member.id not in hours:
                hours[member.id] = await notifications.may_disturb_at(work, member.id)
            at = hours[member.id]
        news.append(News(member.account_id, one.kind, f"post:{one.post_id}", one.author_id, one.post_id, at))
    await notifications.notify_all(work, news)


_MEMBERS = Question(
    Member,
    sa.select(Actor.uri, Actor.id, Account.id)
    .join(Account, sa.and_(Account.actor_id == Actor.id, Account.suspended_at.is_(None)), isouter=True)
    .where(among(Actor.uri, "uris"), Actor.is_local, Actor.kind.not_in(("group", "application"))),
)
_NEAR: Question[tuple[int, int]] = Question(
    tuple,
    sa.union_all(
        *(
            sa.select(one, other).where(among(one, "ids"), among(other, "others"), state == "accepted")
            for one, other, state in (
                (Follow.follower_id, Follow.followed_id, Follow.state),
                (Connection.inviting_id, Connection.invited_id, Connection.state),
                (Connection.invited_id, Connection.inviting_id, Connection.state),
            )
        )
    ),
)
_SILENCED: Question[tuple[int, str]] = Question(
    tuple,
    sa.select(ThreadMute.actor_id, ThreadMute.context).where(
        among(ThreadMute.actor_id, "ids"), among(ThreadMute.context, "conversations")
    ),
)
_DEALS: Question[tuple[str, str | None]] = Question(
    tuple,
    sa.select(Deal.uri, Deal.agreement_uri).where(sa.or_(among(Deal.uri, "uris"), among(Deal.agreement_uri, "uris"))),
)
