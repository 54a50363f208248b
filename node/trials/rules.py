"""Test offers: what they may be, and who sees which variant. Pure."""

from datetime import datetime, timedelta

from node.errors import Invalid
from node.listings import rules as listings
from node.words import N_, Message

LONGEST = timedelta(days=93)
MOST = 1000
"""Reservations of one test."""
VISITS = 20_000
"""Visitors of one test that are remembered; whoever comes after them sees a variant by lot."""


def check(
    *,
    titles: tuple[str, str],
    texts: tuple[str, str],
    prices: tuple[int | None, int | None],
    quantity: int,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Raises Invalid, naming every field that is wrong."""
    wrong: dict[str, Message | str] = {}
    for letter, title, text in zip("ab", titles, texts, strict=True):
        if not title or len(title) > listings.TITLE_LIMIT:
            wrong[f"title_{letter}"] = N_("Give it a name, as you would write it on a card in a shop window.")
        if len(text) > listings.TEXT_LIMIT:
            wrong[f"text_{letter}"] = Message(
                N_("Please keep it below %(limit)d characters."), {"limit": listings.TEXT_LIMIT}
            )
    if (titles[0], texts[0], prices[0]) == (titles[1], texts[1], prices[1]):
        wrong["title_b"] = N_("Both variants are the same: change the words or the price of one.")
    if not 1 <= quantity <= MOST:
        wrong["quantity"] = Message(N_("Give a number from %(least)d to %(most)d."), {"least": 1, "most": MOST})
    if ends_at <= now:
        wrong["ends_at"] = N_("Choose a day that is still to come.")
    elif ends_at > now + LONGEST + timedelta(days=1):
        wrong["ends_at"] = N_("Choose a day within three months.")
    if wrong:
        raise Invalid(wrong)


def variant(shown_a: int, shown_b: int) -> str:
    """What the next new visitor sees: the variant that fewer have seen, so that the split stays even."""
    return "a" if shown_a <= shown_b else "b"


def by_lot(visitor_hash: str) -> str:
    """A variant that is always the same for one visitor."""
    return "a" if int(visitor_hash[-1], 16) % 2 == 0 else "b"
