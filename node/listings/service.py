"""Offers and asks of our members: published, revised, sold, reopened, withdrawn, and closed when their time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from node import markdown, search
from node.access import OPEN, can_read
from node.actors.model import Actor
from node.asking import copies, given
from node.associations.model import Association
from node.directed import service as directed
from node.errors import Conflict, Invalid, NotFound
from node.ids import new_id
from node.industries import catalogue as industries
from node.listings import rules, wire
from node.listings.model import Listing, ListingVariant
from node.media import service as media
from node.money import Money
from node.notifications import service as notifications
from node.outbox import wire as activities
from node.posts import places
from node.posts import service as posts
from node.posts.model import Post
from node.posts.parts import (
    Attached,
    announce,
    keep_mentions,
    keep_pictures,
    keep_tags,
    mentioned,
    own,
    require_voice,
    tags_of,
    tell_addressed,
    tell_feeds,
)
from node.posts.wire import addressing
from node.text import fold
from node.webhooks import service as webhooks
from node.words import N_
from node.work import Reading, Writing
from schemas.values import Document
from schemas.vocabulary import NETWORK


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member typed. ``text`` is Markdown."""

    purpose: str
    title: str
    text: str = ""
    category: str = "goods"
    terms: str = "open"
    price: Money | None = None
    is_negotiable: bool = False
    barter: str = ""
    unit: str = "one"
    quantity: Decimal | None = None
    minimum: Decimal | None = None
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    expires_at: datetime | None = None
    is_recruitment_based: bool = False
    language: str | None = None
    lens: str = "business"
    pictures: Sequence[Attached] = ()
    born_of_id: int | None = None
    circle_id: int | None = None
    """The circle, here or elsewhere, whose people hear of it first; it stays there when it is changed."""
    to_id: int | None = None
    """The one person it is for; nobody else reads it."""
    answers_id: int | None = None
    """The ask that it answers; it is then for whoever asked."""
    tax_rate: Decimal | None = None
    """Per cent on top of the price."""
    industry: str = ""
    """A code of node.industries."""
    tags: Sequence[str] = ()
    delivery: str = ""
    serves_km: int | None = None
    variants: Sequence[rules.Variant] = ()
    """Their prices in the currency of ``price``."""


# what members do


async def publish(work: Writing, author: Actor, draft: Draft) -> Post:
    """Put up an offer or an ask, for everybody to see, or send an offer to one person.

    Raises Invalid (fields of the form), Forbidden, NotFound, and what node.directed.service.plan says.
    """
    await _check(work, draft)
    require_voice(author)
    plan = await _plan(work, author, draft)
    source = await _born_of(work, author, draft.born_of_id)
    where = await places.place(work, author, "public", draft.circle_id, None, ()) if plan is None else None
    id = new_id(work.now)
    visibility = where.visibility if where is not None else "direct" if plan is not None else "public"
    addressed = [plan.to] if plan is not None else []
    to, cc = (
        where.addressing(())
        if where is not None
        else addressing(visibility, author.followers_uri or "", [actor.uri for actor in addressed])
    )
    ask = plan.ask if plan is not None else None
    post = Post(
        id=id,
        uri=work.uris.object(id),
        url=work.uris.page(author.username, id),
        kind="listing",
        is_local=True,
        author_id=author.id,
        visibility=visibility,
        circle_id=where.group.id if where is not None else None,
        to=list(to),
        cc=list(cc),
        parent_uri=ask.uri if ask is not None else None,
        parent_id=ask.id if ask is not None else None,
        context=(ask.context if ask else source.context if source else None) or work.uris.context(id),
        born_of_id=source.id if source else None,
        published_at=work.now,
        received_at=work.now,
    )
    work.session.add(post)
    await work.session.flush()
    if where is not None or addressed:
        await keep_mentions(work, post, where.mentioned(()) if where is not None else addressed)
    elif source is not None:
        await keep_mentions(work, post, (), await _concerned(work, source))
    listing = Listing(post_id=id, proposal_uri=work.uris.proposal(id), state="open")
    if ask is not None:
        listing.answers_uri, listing.answers_id = ask.uri, ask.id
    await _write_down(work, author, post, listing, draft)
    work.session.add(listing)
    await work.session.flush()
    if plan is not None:
        await directed.record(work, post, plan)
    await announce(work, author, post, activities.create(await document(work, post, author), work.now))
    if plan is not None:
        await tell_addressed(work, post, addressed, None)
        return post
    await tell_source(work, post, source)
    await tell_feeds(work, post)
    await webhooks.tell(
        work,
        "listing.published",
        id=str(post.id),
        uri=post.uri,
        url=post.url,
        purpose=listing.purpose,
        title=listing.title,
        author=author.handle,
    )
    return post


async def revise(work: Writing, author: Actor, post_id: int, draft: Draft) -> Post:
    """Change a listing. One that had run out and gets a new end is open again."""
    post, listing = await _own(work, author, post_id)
    await _check(work, draft, is_new=False)
    was_sold_out = listing.state == "sold" and listing.quantity == 0
    await _write_down(work, author, post, listing, draft)
    await directed.half_of(work, post, listing)
    if listing.state == "expired" or (was_sold_out and listing.quantity != 0):
        listing.state = "open"
    if listing.quantity == 0:
        listing.state = "sold"
    listing.is_fresh = listing.state == "open"
    await _say_again(work, author, post, listing)
    return post


async def mark_sold(work: Writing, author: Actor, post_id: int) -> Post:
    """It is gone, or found. The listing stays to be read."""
    post, listing = await _own(work, author, post_id)
    if listing.state != "sold":
        listing.state = "sold"
        await _say_again(work, author, post, listing)
    return post


async def reopen(work: Writing, author: Actor, post_id: int) -> Post:
    """It is to be had again; one that had run out runs on from today."""
    post, listing = await _own(work, author, post_id)
    if listing.state == "open":
        raise Conflict(N_("It is open already."))
    listing.state = "open"
    if listing.expires_at is not None and listing.expires_at <= work.now:
        listing.expires_at, listing.reminded_at = work.now + rules.RUNS_FOR, None
    if listing.quantity == 0:
        listing.quantity = None  # there is more, nobody said how much
        await work.session.execute(
            sa.update(ListingVariant)
            .where(ListingVariant.post_id == post_id, ListingVariant.quantity == 0)
            .values(quantity=None)
        )
    listing.is_fresh = True
    await _say_again(work, author, post, listing)
    return post


async def extend(work: Writing, author: Actor, post_id: int) -> Post:
    """It runs on, from its end or from today; what had run out is open again. What never ends stays as it is."""
    post, listing = await _own(work, author, post_id)
    if listing.expires_at is None or listing.state not in ("open", "expired"):
        raise Conflict(N_("There is nothing to extend."))
    longest = work.now + rules.LONGEST
    listing.expires_at = min(max(listing.expires_at, work.now) + rules.RUNS_FOR, longest)
    listing.reminded_at, listing.state = None, "open"
    await _say_again(work, author, post, listing)
    return post


async def withdraw(work: Writing, author: Actor, post_id: int) -> Post:
    """Take it back for good: the address answers "gone", and everybody who has a copy is told."""
    post, listing = await _own(work, author, post_id)
    clear(listing)
    if post.visibility != "direct":
        await webhooks.tell(work, "listing.withdrawn", id=str(post.id), uri=post.uri, author=author.handle)
    return await posts.withdraw(work, author, post.id)


async def expire(work: Writing, limit: int = 200) -> int:
    """Housekeeping: close what has run out, ours and copies alike, and tell its author. How many there were."""
    due = await work.session.execute(
        sa.select(Post, Listing, Actor)
        .join(Listing, Listing.post_id == Post.id)
        .join(Actor, Actor.id == Post.author_id)
        .where(Listing.state == "open", Listing.expires_at <= work.now, Post.deleted_at.is_(None))
        .order_by(Listing.expires_at)
        .limit(limit)
    )
    count = 0
    for post, listing, author in due.all():
        count += 1
        listing.state = "expired"
        if post.is_local:
            await _say_again(work, author, post, listing)
            account_id = await notifications.account_of(work, author.id)
            if account_id is not None:
                assert listing.expires_at is not None
                cause = f"post:{post.id}:{listing.expires_at.isoformat()}"
                await notifications.notify(work, account_id, "listing_expired", cause, post_id=post.id)
    await work.session.flush()
    return count


async def remind(work: Writing, limit: int = 200) -> int:
    """Housekeeping: tell the authors of ours what ends in some days, once for each end. How many there were.

    What was put up for a few days only says so itself.
    """
    due = await work.session.execute(
        sa.select(Post, Listing)
        .join(Listing, Listing.post_id == Post.id)
        .where(
            Listing.state == "open",
            Listing.expires_at > work.now,
            Listing.expires_at <= work.now + rules.REMINDED,
            Listing.reminded_at.is_(None),
            Post.is_local,
            Post.deleted_at.is_(None),
        )
        .order_by(Listing.expires_at)
        .limit(limit)
    )
    count = 0
    for post, listing in due.all():
        listing.reminded_at = work.now
        assert listing.expires_at is not None
        account_id = await notifications.account_of(work, post.author_id)
        if account_id is None or post.published_at > listing.expires_at - rules.REMINDED * 2:
            continue
        cause = f"post:{post.id}:{listing.expires_at.isoformat()}"
        count += await notifications.notify(work, account_id, "listing_ends", cause, post_id=post.id)
    await work.session.flush()
    return count


# shared


async def document(work: Reading, post: Post, author: Actor) -> Document:
    """The carrier Note with the Proposal inside, as it is sent and served."""
    source = await work.session.get(Post, post.born_of_id) if post.born_of_id is not None else None
    return wire.note(
        post,
        await _seen(work, post.id),
        author,
        work.uris,
        mentions=await mentioned(work, post.id) if post.visibility == "direct" else (),
        born_of=source.uri if source is not None and source.visibility in OPEN else None,
        tags=await tags_of(work, post.id),
        pictures=await media.pictures_of(work, post.id),
        group=await places.group_of(work, post),
        variants=await _VARIANTS.ask(work, post=post.id),
    ).write()


_LISTINGS = copies(Listing, Listing.post_id == given("post"))
_VARIANTS = copies(ListingVariant, ListingVariant.post_id == given("post"), order=[ListingVariant.position])


async def _seen(work: Reading, post_id: int) -> Listing:
    found: Listing | None = await _LISTINGS.first(work, post=post_id)
    if found is None:
        raise NotFound
    return found


async def variants_of(work: Reading, post_id: int) -> Sequence[ListingVariant]:
    """The forms in which a listing is to be had, in their order."""
    found = await work.session.scalars(
        sa.select(ListingVariant).where(ListingVariant.post_id == post_id).order_by(ListingVariant.position)
    )
    return found.all()


async def keep_variants(work: Writing, listing: Listing, variants: Sequence[rules.Variant]) -> None:
    """Exactly these; one that keeps its name stays the same, for deals name it."""
    known = {row.name: row for row in await variants_of(work, listing.post_id)}
    for position, variant in enumerate(variants):
        row = known.pop(variant.name, None)
        if row is None:
            row = ListingVariant(id=new_id(work.now), post_id=listing.post_id, name=variant.name)
            work.session.add(row)
        row.price, row.quantity, row.position = variant.price, variant.quantity, position
    for gone in known.values():
        await work.session.delete(gone)
    listing.quantity = rules.in_stock(listing.quantity, variants)
    await work.session.flush()


async def of_post(work: Reading, post_id: int) -> Listing:
    """The structured half of a post. Raises NotFound."""
    listing = await work.session.get(Listing, post_id)
    if listing is None:
        raise NotFound
    return listing


def clear(listing: Listing) -> None:
    """What a withdrawn listing said is gone."""
    listing.state = "withdrawn"
    listing.title, listing.body, listing.barter, listing.place = "", "", "", ""
    listing.price, listing.currency, listing.latitude, listing.longitude = None, None, None, None
    listing.industry, listing.delivery, listing.serves_km, listing.is_fresh = "", "", None, False
    listing.test_url = None


async def index(work: Writing, post: Post, listing: Listing) -> None:
    """Make it findable by its title, text, place and what is wished in return."""
    body = markdown.plain(listing.body)
    spoken = industries.spoken(listing.industry, listing.title)
    await search.index(work, "post", post.id, listing.title, body, listing.place, listing.barter, *spoken)


async def policy(work: Reading) -> str:
    """What this association does with listings whose income depends on recruiting: show, hide or refuse."""
    return await work.session.scalar(sa.select(Association.recruitment_policy).limit(1)) or "refuse"


# inside


async def _check(work: Reading, draft: Draft, *, is_new: bool = True) -> None:
    rules.check(
        purpose=draft.purpose,
        title=draft.title.strip(),
        text=draft.text.strip(),
        category=draft.category,
        terms=draft.terms,
        price=draft.price,
        barter=draft.barter.strip(),
        quantity=draft.quantity,
        minimum=draft.minimum,
        place=draft.place.strip(),
        expires_at=draft.expires_at,
        pictures=len(draft.pictures),
        now=work.now,
        tax_rate=draft.tax_rate,
        industry=draft.industry,
        delivery=draft.delivery,
        serves_km=draft.serves_km,
        variants=draft.variants,
        tags=rules.as_tags(draft.tags),
        is_new=is_new,
    )
    rules.check_recruitment(draft.is_recruitment_based, await policy(work))


async def _own(work: Reading, author: Actor, post_id: int) -> tuple[Post, Listing]:
    post = await own(work, author, post_id, "listing")
    return post, await of_post(work, post_id)


async def _plan(work: Writing, author: Actor, draft: Draft) -> directed.Plan | None:
    """To whom alone it goes, if it does."""
    if draft.to_id is None and draft.answers_id is None:
        return None
    if draft.purpose != "offer":
        raise Invalid({"purpose": N_("Only an offer can be sent to one person. Put your ask up for everybody.")})
    if draft.circle_id is not None:
        raise Invalid({"circle": N_("What is for one person alone is in no circle.")})
    has_return = (draft.terms == "price" and draft.price is not None) or (
        draft.terms == "barter" and bool(draft.barter.strip())
    )
    return await directed.plan(work, author, draft.to_id, draft.answers_id, draft.terms, has_return=has_return)


async def _born_of(work: Reading, author: Actor, post_id: int | None) -> Post | None:
    """The post from which it begins; of what somebody passed on, the original."""
    if post_id is None or not await can_read(work, author.id, post_id):
        return None
    post = await work.session.get_one(Post, post_id)
    return post if post.boost_of_id is None else await work.session.get(Post, post.boost_of_id)


async def _write_down(work: Writing, author: Actor, post: Post, listing: Listing, draft: Draft) -> None:
    rendered = markdown.render(draft.text, {}, work.uris.tag)
    is_priced = draft.terms == "price" and draft.price is not None
    listing.purpose, listing.title, listing.body = draft.purpose, draft.title.strip(), rendered.html
    listing.category, listing.terms = draft.category, draft.terms
    listing.price = draft.price.minor if draft.price and is_priced else None
    listing.currency = draft.price.currency if draft.price and is_priced else None
    listing.is_negotiable = draft.is_negotiable
    listing.barter = draft.barter.strip() if draft.terms != "gift" else ""
    listing.unit = draft.unit.strip()[:30] or "one"
    listing.quantity, listing.minimum = draft.quantity, draft.minimum
    listing.place, listing.latitude, listing.longitude = draft.place.strip(), draft.latitude, draft.longitude
    if draft.expires_at != listing.expires_at:
        listing.reminded_at = None
    listing.is_recruitment_based, listing.expires_at = draft.is_recruitment_based, draft.expires_at
    listing.tax_rate = draft.tax_rate if is_priced else None
    listing.industry, listing.delivery, listing.serves_km = draft.industry, draft.delivery, draft.serves_km
    work.session.add(listing)
    await work.session.flush()
    await keep_variants(work, listing, draft.variants)
    post.source, post.lens, post.language = draft.text.strip(), draft.lens, draft.language
    await keep_tags(work, post, [*rendered.hashtags, _hashtag(listing), *rules.as_tags(draft.tags)])
    await keep_pictures(work, author, post, draft.pictures)
    await _compose(work, post, listing)
    await index(work, post, listing)


def _hashtag(listing: Listing) -> str:
    return "offer" if listing.purpose == "offer" else "wanted"


async def _compose(work: Reading, post: Post, listing: Listing) -> None:
    said = markdown.plain(listing.body)
    tags = [tag for tag in await tags_of(work, post.id) if tag != post.lens and f"#{tag}" not in fold(said)]
    tags.sort(key=lambda tag: tag != _hashtag(listing))
    variants = await variants_of(work, post.id)
    shown = [(tag, work.uris.tag(tag)) for tag in tags]
    content = wire.content(listing, post.url, shown, post.language, variants)
    to = await mentioned(work, post.id) if post.visibility == "direct" else []
    post.content = posts.greeted(to, content)


async def say_again(work: Writing, author: Actor, post: Post, listing: Listing) -> None:
    """Tell everybody who has it how it is now; for what changes without its author's hand, such as what is left."""
    await _say_again(work, author, post, listing)


async def _say_again(work: Writing, author: Actor, post: Post, listing: Listing) -> None:
    post.updated_at = work.now
    await _compose(work, post, listing)
    await work.session.flush()
    await announce(work, author, post, activities.update(await document(work, post, author), work.now))
    await tell_feeds(work, post)


async def tell_source(work: Writing, post: Post, source: Post | None) -> None:
    """Whoever wrote the post from which it began likes to know."""
    if source is None or source.author_id == post.author_id:
        return
    account_id = await notifications.account_of(work, source.author_id)
    if account_id is not None:
        heard_at = await notifications.heard_at(work, source.author_id, post.author_id)
        await notifications.notify(
            work,
            account_id,
            "born_of",
            f"post:{post.id}",
            actor_id=post.author_id,
            post_id=post.id,
            visible_at=heard_at,
        )


async def _concerned(work: Reading, source: Post) -> list[Actor]:
    """The author of elsewhere in whose post it began gets it, where a node like ours can say so; nobody is named."""
    author = await work.session.get_one(Actor, source.author_id)
    return [author] if not author.is_local and source.visibility in OPEN and NETWORK in author.capabilities else []
