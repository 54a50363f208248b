"""How much of a listing is left: taken by one statement, so that it never falls below nothing, and given back."""

from decimal import Decimal

import sqlalchemy as sa

from node.listings.model import Listing
from node.work import Writing


def has(listing: Listing, quantity: Decimal) -> bool:
    """Whether so much is left; to be relied on only while the listing is locked."""
    return listing.quantity is None or listing.quantity >= quantity


async def take(work: Writing, listing_id: int, quantity: Decimal) -> Decimal | None:
    """Take so much off. What was taken; nothing where nobody counts. None when there is not enough."""
    listing = await work.session.get(Listing, listing_id)
    if listing is None or listing.quantity is None:
        return Decimal(0)
    left = sa.func.round(Listing.quantity - sa.literal(quantity, Listing.quantity.type), 3)
    found = await work.session.execute(
        sa.update(Listing)
        .where(Listing.post_id == listing_id, left >= 0)
        .values(quantity=left)
        .execution_options(synchronize_session=False)
    )
    if not found.rowcount:  # type: ignore[attr-defined]
        return None
    await work.session.refresh(listing)
    if listing.quantity == 0 and listing.state == "open":
        listing.state = "sold"
    await work.session.flush()
    return quantity


async def give_back(work: Writing, listing_id: int, quantity: Decimal) -> bool:
    """Put back what a deal had taken; what was sold out because of it is open again. True when that changed it."""
    listing = await work.session.get(Listing, listing_id)
    if listing is None or listing.quantity is None or quantity <= 0:
        return False
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
