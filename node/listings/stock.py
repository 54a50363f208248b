"""How much of a listing is left: taken by one statement, so that it never falls below nothing, and given back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa

from node.listings import rules
from node.listings.model import Listing, ListingVariant
from node.work import Reading, Writing


async def has(work: Reading, listing: Listing, quantity: Decimal, named: Mapping[str, Decimal] | None = None) -> bool:
    """Whether so much is left, as take() has it; to be relied on only while the listing is locked."""
    variants = await _counted(work, listing, named or {})
    if any(variant.quantity < wanted for variant, wanted in variants if variant.quantity is not None):
        return False
    return listing.quantity is None or listing.quantity >= quantity


async def take(
    work: Writing, listing_id: int, quantity: Decimal, named: Mapping[str, Decimal] | None = None
) -> Decimal | None:
    """Take so much off. What was taken; nothing where nobody counts. None when there is not enough.

    ``named`` says how much of which line: a variant (rules.in_full) has a number of its own. Only while the listing
    is locked.
    """
    listing = await work.session.get(Listing, listing_id)
    if listing is None:
        return Decimal(0)
    variants = await _counted(work, listing, named or {})
    if not await has(work, listing, quantity, named):
        return None
    if listing.quantity is None:
        await _move(work, [(variant, -wanted) for variant, wanted in variants])
        return quantity if variants else Decimal(0)
    left = sa.func.round(Listing.quantity - sa.literal(quantity, Listing.quantity.type), 3)
    found = await work.session.execute(
        sa.update(Listing)
        .where(Listing.post_id == listing_id, left >= 0)
        .values(quantity=left)
        .execution_options(synchronize_session=False)
    )
    if not found.rowcount:  # type: ignore[attr-defined]
        return None
    await _move(work, [(variant, -wanted) for variant, wanted in variants])
    await work.session.refresh(listing)
    if listing.quantity == 0 and listing.state == "open":
        listing.state = "sold"
    await work.session.flush()
    return quantity


async def give_back(
    work: Writing, listing_id: int, quantity: Decimal, named: Mapping[str, Decimal] | None = None
) -> bool:
    """Put back what a deal had taken; what was sold out because of it is open again. True when that changed it."""
    listing = await work.session.get(Listing, listing_id)
    if listing is None or quantity <= 0:
        return False
    variants = await _counted(work, listing, named or {})
    await _move(work, variants)
    if listing.quantity is None:
        return bool(variants)
    was_empty = listing.quantity == 0
    await work.session.execute(
        sa.update(Listing)
        .where(Listing.post_id == listing_id)
        .values(quantity=sa.func.round(Listing.quantity + sa.literal(quantity, Listing.quantity.type), 3))
        .execution_options(synchronize_session=False)
    )
    await work.session.refresh(listing)
    if was_empty and listing.state == "sold":
        listing.state = "open"
    await work.session.flush()
    return True


async def _counted(
    work: Reading, listing: Listing, named: Mapping[str, Decimal]
) -> list[tuple[ListingVariant, Decimal]]:
    """The variants among these lines that somebody counts, and how much of each."""
    if not named:
        return []
    found = await work.session.scalars(
        sa.select(ListingVariant).where(ListingVariant.post_id == listing.post_id, ListingVariant.quantity.is_not(None))
    )
    names = ((variant, rules.in_full(listing.title, variant.name)) for variant in found)
    return [(variant, named[name]) for variant, name in names if name in named]


async def _move(work: Writing, variants: Sequence[tuple[ListingVariant, Decimal]]) -> None:
    for variant, change in variants:
        variant.quantity = (variant.quantity or Decimal(0)) + change
    await work.session.flush()
