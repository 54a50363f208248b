"""Today: what waits for a member, most pressing first, and nothing that does not."""

from dataclasses import dataclass

import sqlalchemy as sa

from node.deals import machine
from node.deals import queries as deals
from node.deals.queries import DealLine
from node.faces import Face
from node.follows import queries as follows
from node.follows.model import Follow
from node.invitations import queries as invitations
from node.invitations.model import Connection
from node.invitations.queries import InvitationView
from node.listings import queries as listings
from node.listings.model import Listing
from node.listings.queries import Filter, ListingView
from node.matching import matches
from node.members import queries as members
from node.members.model import HostCard, ProfileField
from node.notifications import queries as notifications
from node.notifications.queries import News
from node.posts.model import Post
from node.work import Reading

_ANSWERS = ("reply", "mention", "message", "offer", "recommendation", "listing_answer", "born_of")
_GOOD_NEWS = ("invitation_accepted", "follow", "follow_accepted")


@dataclass(frozen=True, slots=True)
class Today:
    """Everything the page shows. ``applications`` is None for everybody but officers."""

    invitations: list[InvitationView]
    requests: list[Face]
    answers: list[News]
    good_news: list[News]
    deals: list[DealLine]
    """Those in which the next word is the member's."""
    expiring: list[ListingView]
    applications: int | None
    steps: list[str]
    """What a newcomer has not done yet: host_card, profile, listing, invite."""
    fresh: list[ListingView]
    """The newest offers and asks of others."""
    fitting: int = 0
    """How much fits them that they have not looked at."""

    @property
    def is_quiet(self) -> bool:
        """Nothing waits."""
        return not (
            self.invitations or self.requests or self.answers or self.deals or self.expiring or self.applications
        )


async def today(work: Reading, account_id: int, actor_id: int, *, is_officer: bool) -> Today:
    """What waits for this member now."""
    newest = await listings.newest(work, actor_id, Filter(), limit=8)
    open_deals = await deals.mine(work, actor_id, states=(*machine.TALKING, machine.AGREED))
    return Today(
        invitations=await invitations.received(work, actor_id),
        requests=await follows.requests(work, actor_id),
        answers=await notifications.newest(work, account_id, kinds=_ANSWERS, only_unread=True, limit=10),
        good_news=await notifications.newest(work, account_id, kinds=_GOOD_NEWS, only_unread=True, limit=5),
        deals=[line for line in open_deals if line.waits_for_me][:4],
        expiring=await listings.expiring(work, actor_id),
        applications=await members.waiting_applications(work) if is_officer else None,
        steps=await _steps(work, actor_id),
        fresh=[listing for listing in newest if not listing.is_own][:4],
        fitting=await matches.unseen(work, account_id, actor_id),
    )


async def _steps(work: Reading, actor_id: int) -> list[str]:
    done = {
        # everybody has a card from the first day: it is filled in when something personal stands on it
        "host_card": sa.exists().where(
            HostCard.actor_id == actor_id,
            sa.or_(
                HostCard.opens_with != "either",
                HostCard.pace != "",
                *(sa.cast(said, sa.String) != "[]" for said in (HostCard.hours, HostCard.ask_me_about)),
            ),
        ),
        "profile": sa.exists().where(ProfileField.actor_id == actor_id, ProfileField.name == "trade"),
        "listing": sa.exists(
            sa.select(Post.id).join(Listing, Listing.post_id == Post.id).where(Post.author_id == actor_id)
        ),
        "invite": sa.or_(
            sa.exists().where(sa.or_(Connection.inviting_id == actor_id, Connection.invited_id == actor_id)),
            sa.exists().where(Follow.follower_id == actor_id),
        ),
    }
    row = (await work.session.execute(sa.select(*(clause.label(name) for name, clause in done.items())))).one()
    return [name for name, is_done in row._mapping.items() if not is_done]
