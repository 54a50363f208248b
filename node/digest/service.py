"""The weekly letter: what fits a member, once in seven days at most, never empty, and ended with one click.

Each member has a day and an hour of their own, so that letters trickle. What stood in a letter and that it went are
written in one unit: whatever dies, nobody gets two.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from node import zones
from node.accounts.model import Account
from node.actors.model import Actor
from node.db import some
from node.digest.letter import Digest, Item, Section
from node.errands import service as errands
from node.errors import NotFound
from node.listings import queries as listings
from node.listings import searches
from node.mail import service as mail
from node.matching import matches
from node.matching.matches import MatchView
from node.matching.model import Match
from node.members.model import Member
from node.translations import catalogue
from node.words import N_
from node.work import Node, Reading, Writing

KIND = "digest"
"""The errand that writes one letter."""
WEEK = timedelta(days=7)
MOST = 10
"""Things in one letter."""
_ASKS, _OFFERS = 5, 3
_AT_ONCE = 50
_FROM_HOUR, _UNTIL_HOUR, _MINUTES = 7, 12, 240
"""Letters come in the morning, by the reader's clock."""
_SEALED = "digest:"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A letter that could go, and what of it must not stand in another."""

    digest: Digest
    match_ids: list[int]
    recipient: str
    association: str


async def plan(work: Writing) -> None:
    """Housekeeping: draw a day for whoever has none, and have the letters written that are due."""
    wanting = (
        sa.select(Account.id, Account.time_zone)
        .join(Member, Member.actor_id == Account.actor_id)
        .where(
            Account.wants_digest,
            Account.email.is_not(None),
            Account.claimed_at.is_not(None),
            Account.suspended_at.is_(None),
            Member.ended_at.is_(None),
        )
    )
    undrawn = await work.session.execute(wanting.where(Account.digest_due_at.is_(None)).limit(_AT_ONCE))
    for account_id, zone in undrawn.all():
        await work.session.execute(
            sa.update(Account)
            .where(Account.id == account_id)
            .values(digest_due_at=first_slot(account_id, zone, work.now))
        )
    # Due, or so far off that the clock was put back meanwhile.
    is_due = sa.or_(Account.digest_due_at <= work.now, Account.digest_due_at > work.now + WEEK + timedelta(days=1))
    due = await work.session.execute(wanting.where(is_due).order_by(Account.digest_due_at).limit(_AT_ONCE))
    for account_id, _ in due.all():
        await errands.ask(work, KIND, str(account_id))


def first_slot(account_id: int, zone: str, now: datetime) -> datetime:
    """A weekday and a minute of the morning that are this member's own, the next time they come."""
    local = now.astimezone(_zone(zone))
    slot = _own_minute(account_id, local + timedelta(days=(_drawn(account_id) % 7 - local.weekday()) % 7))
    return (slot if slot > local else _own_minute(account_id, slot + WEEK)).astimezone(now.tzinfo)


def morning(account_id: int, zone: str, at: datetime) -> datetime:
    """This moment when it is in the morning of a reader, else their own minute of the next one."""
    local = at.astimezone(_zone(zone))
    if _FROM_HOUR <= local.hour < _UNTIL_HOUR:
        return at
    day = local if local.hour < _FROM_HOUR else local + timedelta(days=1)
    return _own_minute(account_id, day).astimezone(at.tzinfo)


def _own_minute(account_id: int, day: datetime) -> datetime:
    minute = _drawn(account_id) // 7 % _MINUTES
    return day.replace(hour=_FROM_HOUR + minute // 60, minute=minute % 60, second=0, microsecond=0)


def _drawn(account_id: int) -> int:
    """A number of this member's own; keys made in the same moment lie side by side."""
    return account_id * 2654435761 % 2**32


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if name in zones.names() else "UTC")


async def send(node: Node, account_id: int) -> None:
    """Write one member's letter when it is due and there is something to say; else look again tomorrow."""
    async with node.reading() as work:
        account = await work.session.get(Account, account_id)
        if account is None or account.digest_due_at is None or not account.wants_digest:
            return
        due_at = account.digest_due_at
        if work.now < due_at <= work.now + WEEK:
            return
        letter = await _compose(work, account)
    async with node.writing() as work:
        wait = WEEK if letter is not None else timedelta(hours=20)
        claimed = await work.session.scalar(
            sa.update(Account)
            .where(Account.id == account_id, Account.digest_due_at == due_at, Account.wants_digest)
            .values(digest_due_at=morning(account_id, account.time_zone, work.now + wait))
            .returning(Account.id)
        )
        if claimed is None or letter is None:
            return
        sent = await mail.write(
            work,
            letter.recipient,
            letter.digest.language,
            letter.digest.subject,
            letter.digest.paragraphs(),
            association=letter.association,
            time_zone=account.time_zone,
            html=letter.digest.html(),
            unsubscribe_url=letter.digest.stop_url,
        )
        if sent is None:  # this address had enough mail for an hour
            await work.session.execute(
                sa.update(Account).where(Account.id == account_id).values(digest_due_at=work.now + timedelta(hours=2))
            )
        elif letter.match_ids:
            await work.session.execute(
                sa.update(Match).where(Match.id.in_(some(letter.match_ids))).values(mailed_at=work.now)
            )


# what stands in it


async def _compose(work: Reading, account: Account) -> _Plan | None:
    """None when nothing happened, or nobody can be written to."""
    actor = await work.session.get(Actor, account.actor_id)
    if actor is None or account.email is None or account.suspended_at is not None:
        return None
    words, base = catalogue(account.language), work.uris.base
    asks = await matches.best(work, account.id, actor.id, "request", _ASKS, not_mailed=True)
    offers = await matches.best(work, account.id, actor.id, "offer", _OFFERS, not_mailed=True)
    known = {match.listing.id for match in (*asks, *offers)}
    hits = {
        hit.post_id: hit.search_name
        for hit in await searches.hits(work, account.id, work.now - WEEK)
        if hit.post_id not in known
    }
    finds = [view for view in await listings.views(work, actor.id, list(hits)) if view.state == "open"]
    ending = [view for view in await listings.expiring(work, actor.id) if view.state == "open"]
    sections = [
        Section(words.gettext(N_("Asks that you can answer")), [_match(each, base, account.language) for each in asks]),
        Section(words.gettext(N_("Offers that help you")), [_match(each, base, account.language) for each in offers]),
        Section(
            words.gettext(N_("New for what you look for")),
            [Item(view.title, base + view.path, f"{view.author.name}: {hits[view.id]}") for view in finds],
        ),
        Section(
            words.gettext(N_("Yours that end soon")),
            [Item(view.title, f"{base}/listings/{view.id}/edit") for view in ending],
        ),
    ]
    sections = _at_most(sections, MOST)
    if not sections:
        return None
    if asks:
        subject = words.ngettext("%(num)d ask that fits you", "%(num)d asks that fit you", len(asks))
    elif offers:
        subject = words.ngettext("%(num)d offer that helps you", "%(num)d offers that help you", len(offers))
    else:
        subject = sections[0].heading
    house = await work.session.scalar(sa.select(Actor.name).where(Actor.uri == work.uris.office)) or work.uris.host
    name = actor.name.split(" ")[0] if actor.name else actor.username
    greeting = words.gettext(
        N_("Hello %(name)s, this came up for you at %(association)s and at other associations.")
    ) % {"name": name, "association": house}
    digest = Digest(
        subject=subject % {"num": len(asks) or len(offers)},
        greeting=greeting,
        sections=sections,
        all_words=words.gettext(N_("All that fits you, with a reason each")),
        all_url=f"{base}/matches",
        stop_url=f"{base}/digest/off/{token(work, account.id)}",
        settings_url=f"{base}/settings/letters",
        language=account.language,
    )
    return _Plan(digest, [match.id for match in (*asks, *offers)], account.email, house)


def _match(match: MatchView, base: str, language: str) -> Item:
    author = match.listing.author
    where = author.association or author.handle
    return Item(match.listing.title, base + match.listing.path, f"{author.name} ({where}): {match.why(language)}")


def _at_most(sections: list[Section], most: int) -> list[Section]:
    found = []
    for section in sections:
        items = list(section.items)[:most]
        most -= len(items)
        if items:
            found.append(Section(section.heading, items))
    return found


# on and off


def token(work: Reading, account_id: int) -> str:
    """What a letter carries so that its reader need not log in to end it."""
    return work.safe.lock(f"{_SEALED}{account_id}")


async def account_of(work: Reading, sealed: str) -> Account:
    """Whose letter carries this token. Raises NotFound."""
    text = work.safe.peek(sealed) if len(sealed) <= 400 else None
    if text is None or not text.startswith(_SEALED):
        raise NotFound
    account = await work.session.get(Account, int(text.removeprefix(_SEALED)))
    if account is None:
        raise NotFound
    return account


async def choose(work: Writing, account_id: int, *, wants: bool) -> None:
    """Have the letter, or have no more of it."""
    await work.session.execute(
        sa.update(Account)
        .where(Account.id == account_id, Account.wants_digest != wants)
        .values(wants_digest=wants, digest_due_at=None)
    )


async def is_wanted(work: Reading, account_id: int) -> bool:
    """Whether a member has the letter."""
    return bool(await work.session.scalar(sa.select(Account.wants_digest).where(Account.id == account_id)))
