"""What the people of a demo node do with each other and with those across the river, all of it as members would."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from node.actors.model import Actor
from node.associations import service as associations
from node.boosts import service as boosts
from node.circles import members
from node.demo import world
from node.demo.people import Report
from node.demo.world import HOUSES, Entry, Invitation, Person, World
from node.errors import Forbidden
from node.follows import service as follows
from node.follows.model import Follow
from node.ids import new_id
from node.invitations import service as invitations
from node.invitations.model import Connection
from node.listings import service as listings
from node.media import service as media
from node.money import Money
from node.notifications.model import Notification
from node.outbox.model import Delivery, Fanout
from node.polls import service as polls
from node.polls.rules import PollDraft
from node.posts import service as posts
from node.posts.model import Post
from node.posts.parts import Attached
from node.reactions import service as reactions
from node.uris import OFFICE
from node.work import Node, Reading, Writing

T = TypeVar("T")

LookUp = Callable[[str], Awaitable[Actor]]
"""Finds somebody by ``@name@host``, asking their host."""

PATIENCE = timedelta(seconds=25)
"""How long to wait for the other side before going on without it."""
AT_ONCE = 4
FRESH = timedelta(hours=30)
"""News of this age is still unread when the demo opens."""
BATCH = 20


@dataclass(slots=True)
class Town:
    """One house of the world, on its node, and where the other one lives."""

    node: Node
    world: World
    house: str
    hosts: dict[str, str]
    """The authority under which each house answers."""
    began: datetime
    look_up: LookUp

    def is_ours(self, username: str) -> bool:
        return self.world.people[username].house == self.house

    def handle(self, username: str) -> str:
        return f"@{username}@{self.hosts[self.world.people[username].house]}"

    def people(self) -> list[Person]:
        return self.world.of(self.house)


async def get_acquainted(town: Town, report: Report) -> None:
    """Look up everybody our people know on the other side, and follow."""
    wanted = _follows(town)
    strangers = _strangers(town, wanted)
    other = next(house for house in HOUSES if house != town.house)
    groups = [circle.username for circle in town.world.circles if not town.is_ours(circle.by)]
    addresses = [f"@{name}@{town.hosts[other]}" for name in (OFFICE, *groups)] + [*map(town.handle, strangers)]
    room = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def look_up(address: str) -> None:
        nonlocal done
        async with room:
            await town.look_up(address)
        done += 1
        report(done, len(addresses))

    await asyncio.gather(*(look_up(address) for address in addresses))
    async with town.node.writing() as work:
        work.now = town.began - timedelta(days=15)
        neighbour = await _actor(work, OFFICE, town.hosts[other])
        await follows.follow(work, await associations.office(work), neighbour)
        for who, whom in wanted.items():
            follower = await _person(work, town, who)
            for name in whom:
                await follows.follow(work, follower, await _person(work, town, name))
        for circle in town.world.circles:
            group = await _circle(work, town, circle.username)
            for name in filter(town.is_ours, circle.members):
                await members.join(work, await _person(work, town, name), group)
        await _post_today(work)
    await _until(town.node, _follows_are_answered)


async def speak(town: Town, report: Report) -> None:
    """Publish what begins a conversation, in the order of time."""
    await _publish(town, [entry for entry in town.world.entries if town.is_ours(entry.by) and not entry.after], report)


async def answer(town: Town, report: Report) -> None:
    """Publish what answers something, as soon as that has arrived here."""
    entries = [entry for entry in town.world.entries if town.is_ours(entry.by) and entry.after]
    roots = {entry.key: entry for entry in town.world.entries if entry.key}
    wanted = [roots[key] for key in {entry.after for entry in entries}]
    await until_all(town.node, wanted, lambda work, root: _find(work, town, root))
    await _publish(town, entries, report)


async def like(town: Town, report: Report) -> None:
    """Like posts, pass some on and answer a question, as soon as they have arrived here."""
    entries = {entry.key: entry for entry in town.world.entries if entry.key}
    likes = [(entries[key], who) for key, names in town.world.likes.items() for who in filter(town.is_ours, names)]
    votes = [(entries[key], who, chosen) for key, each in town.world.votes.items() for who, chosen in each.items()]
    ours = [each for each in town.world.passed_on if town.is_ours(each.by)]
    wanted = {entry.key: entry for entry in [*(entry for entry, _ in likes), *(entry for entry, _, _ in votes)]}
    wanted |= {each.post: entries[each.post] for each in ours}
    await until_all(town.node, list(wanted.values()), lambda work, entry: _find(work, town, entry))
    async with town.node.writing() as work:
        found = {key: await _find(work, town, entry) for key, entry in wanted.items()}
        for entry, who in likes:
            if post := found[entry.key]:
                work.now = town.began - entry.ago / 2
                await reactions.like(work, await _person(work, town, who), post.id)
        for entry, who, chosen in votes:
            if town.is_ours(who) and (post := found[entry.key]):
                work.now = town.began - entry.ago / 2
                await polls.vote(work, await _person(work, town, who), post.id, [chosen])
        for each in ours:
            if post := found[each.post]:
                work.now = town.began - each.ago
                await boosts.pass_on(work, await _person(work, town, each.by), post.id)
        await _post_today(work)
    report(len(wanted), len(wanted))


async def ask(town: Town, report: Report) -> None:
    """Ask people to connect."""
    ours = [each for each in town.world.invitations if town.is_ours(each.inviting)]
    async with town.node.writing() as work:
        for each in ours:
            work.now = town.began - each.ago
            me, host = await _person(work, town, each.inviting), await _person(work, town, each.invited)
            await invitations.connect(work, me, host, each.question, each.about, each.lens)
        await _post_today(work)
    report(len(ours), len(ours))


async def say_yes(town: Town, report: Report) -> None:
    """Answer those who asked us, as soon as their questions have arrived; some are left waiting."""
    ours = [each for each in town.world.invitations if town.is_ours(each.invited) and each.answer]
    await until_all(town.node, ours, lambda work, each: _asked(work, town, each))
    async with town.node.writing() as work:
        moment = work.now
        for each in ours:
            row = await _asked(work, town, each)
            if row is not None:
                work.now = town.began - each.ago + timedelta(hours=2) if town.is_ours(each.inviting) else moment
                await invitations.accept(work, await _person(work, town, each.invited), row.id, each.answer)
        await _post_today(work)
    report(len(ours), len(ours))


async def until_delivered(town: Town) -> None:
    """Wait until everything we said has arrived."""

    async def is_quiet(work: Reading) -> bool:
        return not await work.session.scalar(
            sa.select(sa.or_(sa.exists().select_from(Fanout), sa.exists().where(Delivery.state == "waiting")))
        )

    await _until(town.node, is_quiet)


async def forget_the_noise(town: Town) -> None:
    """Everybody has read the older news; what was said days ago is dated so, and only the latest waits."""
    async with town.node.writing() as work:
        rows = await work.session.execute(
            sa.select(Notification, Post).outerjoin(Post, Post.id == Notification.post_id)
        )
        for news, post in rows.all():
            if news.kind in ("invitation", "application"):
                continue
            said_at = post.published_at if post is not None else town.began - timedelta(days=12)
            is_old = post is None or town.began - said_at > FRESH
            # The key carries the time by which the page sorts.
            changes = {"id": new_id(said_at), "visible_at": said_at, "created_at": said_at}
            await work.session.execute(
                sa.update(Notification)
                .where(Notification.id == news.id)
                .values(**changes, read_at=said_at + timedelta(hours=1) if is_old else None)
                .execution_options(synchronize_session=False)
            )


# inside


def _follows(town: Town) -> dict[str, list[str]]:
    """Whom each of ours follows: those listed, and everybody whom they answer."""
    roots = {entry.key: entry.by for entry in town.world.entries if entry.key}
    pairs = [(who, name) for who, names in town.world.follows.items() for name in names]
    pairs += [(entry.by, roots[entry.after]) for entry in town.world.entries if entry.after]
    found: dict[str, list[str]] = {}
    for who, whom in dict.fromkeys(pairs):
        if town.is_ours(who) and who != whom:
            found.setdefault(who, []).append(whom)
    return found


def _strangers(town: Town, wanted: dict[str, list[str]]) -> list[str]:
    """Everybody on the other side whom ours follow, name or ask."""
    names = {name for whom in wanted.values() for name in whom}
    names |= {name for entry in town.world.entries if town.is_ours(entry.by) for name in world.named(entry.text)}
    names |= {each.invited for each in town.world.invitations if town.is_ours(each.inviting)}
    return sorted(name for name in names if not town.is_ours(name))


async def _publish(town: Town, entries: Sequence[Entry], report: Report) -> None:
    kept = {name: world.picture(name) for name in {entry.picture for entry in entries if entry.picture}}
    await asyncio.gather(*(media.keep(town.node, picture) for picture in kept.values()))
    handles = {name: town.handle(name) for name in town.world.people}
    done = 0
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        async with town.node.writing() as work:
            for entry in batch:
                work.now = town.began - entry.ago
                await _say(work, town, replace(entry, text=world.address(entry.text, handles)))
            await _post_today(work)
        done += len(batch)
        report(done, len(entries))


async def _say(work: Writing, town: Town, entry: Entry) -> None:
    author = await _person(work, town, entry.by)
    pictures = []
    if entry.picture:
        alt = town.world.alt[entry.picture]
        stored = await media.add(work, author.id, world.picture(entry.picture), "post", alt)
        pictures.append(Attached(stored.id, alt))
    root = None
    if entry.after:
        beginning = next(other for other in town.world.entries if other.key == entry.after)
        root = await _find(work, town, beginning)
        if root is None:  # it did not arrive; what would answer it is left unsaid
            return
    if entry.listing is None:
        draft = posts.Draft(
            text=entry.text,
            lens=entry.lens,
            language=entry.language,
            parent_id=root.id if root else None,
            pictures=pictures,
            circle_id=(await _circle(work, town, entry.circle)).id if entry.circle else None,
            poll=PollDraft(entry.options) if entry.options else None,
        )
        with contextlib.suppress(Forbidden):  # the circle has not let them in yet: the demo goes on without the word
            await posts.publish(work, author, draft)
        return
    details = dict(entry.listing)
    lasts, price = details.pop("lasts"), details.pop("price")
    offer = listings.Draft(
        **details,
        text=entry.text,
        price=Money(int(price * 100), "EUR") if price is not None else None,
        expires_at=town.began + lasts if lasts else None,
        language=entry.language,
        pictures=pictures,
        born_of_id=root.id if root else None,
        industry=author.industry if details["purpose"] == "offer" else "",
    )
    await listings.publish(work, author, offer)


async def _post_today(work: Writing) -> None:
    """What is dated back is still sent now: letters that lie for days would be given up."""
    today = datetime.now(UTC)
    await work.session.execute(
        sa.update(Delivery)
        .where(Delivery.state == "waiting", Delivery.created_at < today)
        .values(created_at=today, next_at=today)
    )


async def _find(work: Reading, town: Town, entry: Entry) -> Post | None:
    """The post of this entry, ours or a copy, by whose it is and when it was said."""
    moment, second = town.began - entry.ago, timedelta(seconds=1)
    author = await _person(work, town, entry.by)
    return await work.session.scalar(
        sa.select(Post).where(
            Post.author_id == author.id, Post.published_at >= moment - second, Post.published_at <= moment + second
        )
    )


async def _asked(work: Reading, town: Town, each: Invitation) -> Connection | None:
    inviting, invited = await _person(work, town, each.inviting), await _person(work, town, each.invited)
    return await work.session.scalar(
        sa.select(Connection).where(
            Connection.inviting_id == inviting.id, Connection.invited_id == invited.id, Connection.state == "asked"
        )
    )


async def _person(work: Reading, town: Town, username: str) -> Actor:
    return await _actor(work, username, town.hosts[town.world.people[username].house])


async def _circle(work: Reading, town: Town, username: str) -> Actor:
    begun_by = next(circle.by for circle in town.world.circles if circle.username == username)
    return await _actor(work, username, town.hosts[town.world.people[begun_by].house])


async def _actor(work: Reading, username: str, host: str) -> Actor:
    found = await work.session.scalar(sa.select(Actor).where(Actor.host == host, Actor.username_folded == username))
    assert found is not None, f"@{username}@{host}"
    return found


async def _follows_are_answered(work: Reading) -> bool:
    return not await work.session.scalar(sa.select(sa.exists().where(Follow.state == "asked")))


async def until_all(node: Node, things: Sequence[T], find: Callable[[Reading, T], Awaitable[object | None]]) -> None:
    """Wait until each of them is found; what was found is not looked for again."""
    missing = list(things)

    async def is_complete(work: Reading) -> bool:
        while missing and await find(work, missing[-1]) is not None:
            missing.pop()
        return not missing

    await _until(node, is_complete)


async def _until(node: Node, is_so: Callable[[Reading], Awaitable[bool]]) -> None:
    """Look again and again until it is so, or patience is at its end."""
    ends = asyncio.get_running_loop().time() + PATIENCE.total_seconds()
    while asyncio.get_running_loop().time() < ends:
        async with node.reading() as work:
            if await is_so(work):
                return
        await asyncio.sleep(0.15)
