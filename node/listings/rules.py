"""What a listing may be: its words, limits and conditions. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal

from node.errors import Invalid
from node.money import Money
from node.words import N_, Message

PURPOSES = ("offer", "request")
CATEGORIES: dict[str, str] = {
    "goods": N_("Goods"),
    "service": N_("Service"),
    "consulting": N_("Consulting"),
    "work-offered": N_("Work offered"),
    "work-wanted": N_("Work wanted"),
    "partner": N_("Partner wanted"),
    "premises": N_("Premises and equipment"),
    "knowledge": N_("Knowledge"),
    "help": N_("Help me grow"),
}
TERMS: dict[str, str] = {
    "price": N_("For a price"),
    "barter": N_("In exchange"),
    "gift": N_("As a gift"),
    "open": N_("To be agreed"),
}
TITLE_LIMIT = 120
TEXT_LIMIT = 5000
PICTURES = 4
LONGEST = timedelta(days=366)
RUNS_FOR = timedelta(days=60)
"""What the form suggests."""
SOON = timedelta(days=7)
"""How long before its end the author is reminded."""


def check(
    *,
    purpose: str,
    title: str,
    text: str,
    category: str,
    terms: str,
    price: Money | None,
    barter: str,
    quantity: Decimal | None,
    minimum: Decimal | None,
    place: str,
    expires_at: datetime | None,
    pictures: int,
    now: datetime,
) -> None:
    """Raises Invalid, naming every field that is wrong."""
    wrong: dict[str, Message | str] = {}
    if purpose not in PURPOSES:
        wrong["purpose"] = N_("Say whether you offer something or look for it.")
    if not title:
        wrong["title"] = N_("Give it a name, as you would write it on a card in a shop window.")
    elif len(title) > TITLE_LIMIT:
        wrong["title"] = _too_long(TITLE_LIMIT)
    if len(text) > TEXT_LIMIT:
        wrong["text"] = _too_long(TEXT_LIMIT)
    if category not in CATEGORIES:
        wrong["category"] = N_("Please choose one of these.")
    if terms not in TERMS:
        wrong["terms"] = N_("Please choose one of these.")
    elif terms == "price" and price is None:
        wrong["price"] = N_("Say how much, or choose “To be agreed”.")
    elif terms == "barter" and not barter:
        wrong["barter"] = N_("Say what you would like in return.")
    if len(barter) > 300:
        wrong["barter"] = _too_long(300)
    if quantity is not None and not 0 < quantity < 10**9:
        wrong["quantity"] = N_("Give a number above zero, or leave it empty.")
    if minimum is not None and not 0 < minimum < 10**9:
        wrong["minimum"] = N_("Give a number above zero, or leave it empty.")
    elif minimum is not None and quantity is not None and minimum > quantity:
        wrong["minimum"] = N_("This is more than there is.")
    if len(place) > 200:
        wrong["place"] = _too_long(200)
    if expires_at is not None and expires_at <= now:
        wrong["expires_at"] = N_("Choose a day that is still to come.")
    elif expires_at is not None and expires_at > now + LONGEST + timedelta(days=2):
        wrong["expires_at"] = N_("Choose a day within a year; you can extend it then.")
    if pictures > PICTURES:
        wrong["pictures"] = Message(N_("At most %(limit)d pictures go with a listing."), {"limit": PICTURES})
    if wrong:
        raise Invalid(wrong)


def _too_long(limit: int) -> Message:
    return Message(N_("Please keep it below %(limit)d characters."), {"limit": limit})


def check_recruitment(is_recruitment_based: bool, policy: str) -> None:
    """An association that refuses listings whose income depends on recruiting says so at once. Raises Invalid."""
    if is_recruitment_based and policy == "refuse":
        raise Invalid(
            {
                "is_recruitment_based": N_(
                    "This association does not list offers whose income depends on recruiting others."
                )
            }
        )
