"""Test offers: put up, looked at, reserved, and ended by an offer or by nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.access import can_read
from node.actors.model import Actor
from node.errors import Conflict, Gone, NotFound
from node.listings import service as listings
from node.listings.service import Draft as ListingDraft
from node.moderation.queries import may_reach
from node.money import Money
from node.notifications import service as notifications
from node.posts.model import Post
from node.studies import service as studies
from node.translations import SOURCE, catalogue
from node.trials import rules
from node.trials.model import Trial, TrialVisit
from node.words import N_
from node.work import Reading, Writing


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the two. ``price`` in minor units, None without one; ``text`` is Markdown."""

    title: str
    text: str = ""
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member typed. ``name`` stands on the listing that leads here, and gives neither variant away."""

    name: str
    variants: tuple[Variant, Variant]
    quantity: int
    ends_at: datetime
    currency: str = "EUR"
    category: str = "goods"
    idea_id: int | None = None
    language: str | None = None


async def publish(work: Writing, actor: Actor, draft: Draft) -> Trial:
    """Put it up: a listing for everybody that leads to the page where each sees one variant. Raises Invalid."""
    one, two = draft.variants
    rules.check(
        titles=(one.title, two.title),
        texts=(one.text, two.text),
        prices=(one.price, two.price),
        quantity=draft.quantity,
        ends_at=draft.ends_at,
        now=work.now,
    )
    say = catalogue((draft.language or SOURCE).partition("-")[0]).gettext
    text = say(N_("This is a test: we would like to know whether somebody wants it, before we make many."))
    post = await listings.publish(
        work,
        actor,
        ListingDraft(
            purpose="offer",
            title=draft.name,
            text=text,
            category=draft.category,
            terms="open",
            expires_at=draft.ends_at,
            born_of_id=draft.idea_id,
            language=draft.language,
        ),
    )
    listing = await listings.of_post(work, post.id)
    listing.test_url = f"{work.uris.base}/tests/{post.id}"
    where = say(N_("Look at it and reserve one, without an account: %(link)s"))
    await listings.revise(
        work,
        actor,
        post.id,
        ListingDraft(
            purpose="offer",
            title=draft.name,
            text=f"{text}\n\n{where % {'link': listing.test_url}}",
            category=draft.category,
            terms="open",
            expires_at=draft.ends_at,
            born_of_id=draft.idea_id,
            language=draft.language,
        ),
    )
    trial = Trial(
        post_id=post.id,
        actor_id=actor.id,
        idea_id=draft.idea_id,
        quantity=draft.quantity,
        title_a=one.title,
        title_b=two.title,
        text_a=one.text,
        text_b=two.text,
        price_a=one.price,
        price_b=two.price,
        currency=draft.currency if one.price is not None or two.price is not None else None,
        created_at=work.now,
        ends_at=draft.ends_at,
    )
    work.session.add(trial)
    await work.session.flush()
    return trial


def visitor_hash(post_id: int, who: str) -> str:
    """What stands for a visitor: ``who`` is the address of an actor, or a browser's own secret."""
    return hashlib.sha256(f"{post_id}\n{who}".encode()).hexdigest()


async def visit(work: Writing, post_id: int, who: str, host: str = "") -> str:
    """Which variant this visitor sees: always the same one, and over all evenly. Raises NotFound."""
    trial = await work.session.get(Trial, post_id, with_for_update=True)
    if trial is None:
        raise NotFound
    hash = visitor_hash(post_id, who)
    known = await work.session.get(TrialVisit, (post_id, hash))
    if known is not None:
        return known.variant
    if trial.shown_a + trial.shown_b >= rules.VISITS or not is_open(trial, work.now):
        return rules.by_lot(hash)
    chosen = rules.variant(trial.shown_a, trial.shown_b)
    if chosen == "a":
        trial.shown_a += 1
    else:
        trial.shown_b += 1
    work.session.add(TrialVisit(post_id=post_id, visitor_hash=hash, variant=chosen, host=host))
    await work.session.flush()
    return chosen


async def glance(work: Reading, post_id: int, who: str) -> str:
    """Which variant this visitor sees, without counting them."""
    hash = visitor_hash(post_id, who)
    known = await work.session.get(TrialVisit, (post_id, hash))
    return known.variant if known is not None else rules.by_lot(hash)


async def reserve(work: Writing, actor: Actor, post_id: int, who: str = "") -> TrialVisit:
    """Reserve one of the variant that ``actor`` sees; once. ``who``: the browser in which they looked before.

    Raises Conflict when all are reserved, Gone when it has ended, NotFound.
    """
    trial = await work.session.get(Trial, post_id, with_for_update=True)
    if trial is None:
        raise NotFound
    if trial.actor_id == actor.id:
        raise Conflict(N_("This is yours already."))
    author = await work.session.get_one(Actor, trial.actor_id)
    # Also by a link that was sent before somebody was suspended or blocked, or the offer deleted.
    if actor.gone_at is not None or not (
        await may_reach(work, actor, author) and await can_read(work, actor.id, post_id)
    ):
        raise NotFound
    if not is_open(trial, work.now):
        raise Gone(N_("This has ended. Thank you all the same."))
    variant = await visit(work, post_id, who or actor.uri, actor.host)
    mine = await work.session.scalar(
        sa.select(TrialVisit).where(TrialVisit.post_id == post_id, TrialVisit.actor_id == actor.id)
    )
    if mine is not None:
        return mine
    if trial.reserved >= trial.quantity:
        raise Conflict(N_("All are reserved. Thank you all the same."))
    trial.reserved += 1
    hash = visitor_hash(post_id, who or actor.uri)
    row = await work.session.get(TrialVisit, (post_id, hash))
    if row is None or row.actor_id is not None:
        row = TrialVisit(post_id=post_id, visitor_hash=visitor_hash(post_id, actor.uri), variant=variant)
        work.session.add(row)
    row.actor_id, row.host, row.reserved_at = actor.id, actor.host, work.now
    await work.session.flush()
    account_id = await notifications.account_of(work, trial.actor_id)
    if account_id is not None:
        await notifications.notify(
            work, account_id, "trial_reserved", f"trial:{post_id}:{actor.id}", actor_id=actor.id, subject_id=post_id
        )
    return row


async def invite(work: Writing, post_id: int, guest_id: int) -> None:
    """Send somebody elsewhere the link by which they reserve. Raises NotFound, Gone, and as studies.send_link."""
    trial = await work.session.get(Trial, post_id)
    guest = await work.session.get(Actor, guest_id)
    if trial is None or guest is None:
        raise NotFound
    if not is_open(trial, work.now):
        raise Gone(N_("This has ended. Thank you all the same."))
    await studies.send_link(work, "trial", post_id, await work.session.get_one(Actor, trial.actor_id), guest)


async def offer(work: Writing, actor: Actor, post_id: int, variant: str) -> Post:
    """End the test: the listing becomes an ordinary offer in the words and at the price of one variant."""
    trial, post = await _own(work, actor, post_id)
    title, text, price = (
        (trial.title_a, trial.text_a, trial.price_a) if variant == "a" else (trial.title_b, trial.text_b, trial.price_b)
    )
    listing = await listings.of_post(work, post_id)
    money = Money(price, trial.currency) if price is not None and trial.currency else None
    trial.state, listing.test_url = "offered", None
    return await listings.revise(
        work,
        actor,
        post_id,
        ListingDraft(
            purpose="offer",
            title=title,
            text=text,
            category=listing.category,
            terms="price" if money is not None else "open",
            price=money,
            born_of_id=post.born_of_id,
            language=post.language,
        ),
    )


async def close(work: Writing, actor: Actor, post_id: int) -> None:
    """End the test with nothing; its listing says that it is over."""
    trial, _ = await _own(work, actor, post_id)
    trial.state = "closed"
    (await listings.of_post(work, post_id)).test_url = None
    await listings.mark_sold(work, actor, post_id)


def is_open(trial: Trial, now: datetime) -> bool:
    """Whether one can still reserve."""
    return trial.state == "open" and trial.ends_at > now


async def _own(work: Writing, actor: Actor, post_id: int) -> tuple[Trial, Post]:
    trial = await work.session.get(Trial, post_id, with_for_update=True)
    post = await work.session.get(Post, post_id)
    if trial is None or post is None or trial.actor_id != actor.id or post.deleted_at is not None:
        raise NotFound
    if trial.state != "open":
        raise Conflict(N_("This test has ended already."))
    return trial, post
