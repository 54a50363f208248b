"""What a listing may be: its words, limits and conditions. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from node.errors import Invalid
from node.industries import catalogue as industries
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
DELIVERIES: dict[str, str] = {
    "collection": N_("To be collected"),
    "delivery": N_("Delivered"),
    "both": N_("Collected or delivered"),
}
EVERYWHERE = 20_040
"""Kilometres: half round the earth, so that whatever is compared with it lies within."""
AREAS = (5, 10, 25, 50, 100, 250, EVERYWHERE)
"""What the form suggests."""
TITLE_LIMIT = 120
TEXT_LIMIT = 5000
PICTURES = 4
LONGEST = timedelta(days=366)
RUNS_FOR = timedelta(days=60)
"""What the form suggests."""
SOON = timedelta(days=7)
"""How long before its end the author sees it among what ends soon."""
REMINDED = timedelta(days=3)
"""How long before its end the author is told, once."""
VARIANTS = 12
VARIANT_LIMIT = 100
TAGS = 8
TAG_LIMIT = 50
_NOT_IN_TAGS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several forms in which it is to be had; a price in minor units where it is not the listing's own."""

    name: str
    price: int | None = None
    quantity: Decimal | None = None


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
    tax_rate: Decimal | None = None,
    industry: str = "",
    delivery: str = "",
    serves_km: int | None = None,
    variants: Sequence[Variant] = (),
    tags: Sequence[str] = (),
    is_new: bool = True,
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
    if quantity is not None and not (is_number(quantity) and (quantity or not is_new)):
        wrong["quantity"] = N_("Give a number above zero, with three decimals at most, or leave it empty.")
    if minimum is not None and not 0 < minimum < 10**9:
        wrong["minimum"] = N_("Give a number above zero, or leave it empty.")
    elif minimum is not None and quantity and minimum > quantity:
        wrong["minimum"] = N_("This is more than there is.")
    if len(place) > 200:
        wrong["place"] = _too_long(200)
    if expires_at is not None and expires_at <= now:
        wrong["expires_at"] = N_("Choose a day that is still to come.")
    elif expires_at is not None and expires_at > now + LONGEST + timedelta(days=2):
        wrong["expires_at"] = N_("Choose a day within a year; you can extend it then.")
    if pictures > PICTURES:
        wrong["pictures"] = Message(N_("At most %(limit)d pictures go with a listing."), {"limit": PICTURES})
    if tax_rate is not None and not 0 <= tax_rate < 100:
        wrong["tax_rate"] = N_("Give the tax in per cent, such as 19 or 5.5.")
    if industry and industries.industry(industry) is None:
        wrong["industry"] = industries.unclear([])
    if delivery and delivery not in DELIVERIES:
        wrong["delivery"] = N_("Please choose one of these.")
    if serves_km is not None and not 0 < serves_km <= EVERYWHERE:
        wrong["serves_km"] = N_("Give the distance in kilometres, or leave it empty.")
    if len(tags) > TAGS:
        wrong["tags"] = Message(N_("At most %(limit)d words go with a listing."), {"limit": TAGS})
    elif any(len(tag) > TAG_LIMIT for tag in tags):
        wrong["tags"] = _too_long(TAG_LIMIT)
    problem = _variants(variants)
    if problem is not None:
        wrong["variants"] = problem
    if wrong:
        raise Invalid(wrong)


def _variants(variants: Sequence[Variant]) -> Message | str | None:
    if len(variants) > VARIANTS:
        return Message(N_("At most %(limit)d variants go with a listing."), {"limit": VARIANTS})
    if any(not variant.name for variant in variants):
        return N_("Give each variant a name, such as “large” or “oak”.")
    if any(len(variant.name) > VARIANT_LIMIT for variant in variants):
        return _too_long(VARIANT_LIMIT)
    if len({variant.name.casefold() for variant in variants}) < len(variants):
        return N_("Two variants have the same name.")
    if any(variant.price is not None and not 0 <= variant.price < 10**15 for variant in variants):
        return N_("This is not an amount of money.")
    if any(variant.quantity is not None and not is_number(variant.quantity) for variant in variants):
        return N_("Say how many there are of each variant as a number, or leave it empty.")
    return None


def is_number(quantity: Decimal) -> bool:
    """Whether so much can be counted: nothing or more, below a thousand million, with three decimals at most."""
    return quantity.is_finite() and 0 <= quantity < 10**9 and quantity == round(quantity, 3)


def in_stock(quantity: Decimal | None, variants: Sequence[Variant]) -> Decimal | None:
    """How much there is in all: of variants that are all counted their sum, else what is said of the whole."""
    if not variants:
        return quantity
    counted = [variant.quantity for variant in variants if variant.quantity is not None]
    return sum(counted, Decimal(0)) if len(counted) == len(variants) else quantity


def in_full(title: str, variant: str) -> str:
    """What a variant is called on an order and an invoice."""
    return f"{title} – {variant}"[:200]


def as_tags(typed: Sequence[str]) -> tuple[str, ...]:
    """Words as they go with a listing, each one word for those who read it elsewhere: "web design" is webdesign."""
    joined = (_NOT_IN_TAGS.sub("", word) for word in typed)
    return tuple(dict.fromkeys(word for word in joined if word and not word.isdecimal()))


def is_two_way(purpose: str, terms: str, barter: str, answers_id: int | None) -> bool:
    """Whether it serves both sides: an ask, an exchange or gift, or an offer that answers an ask or asks for help too.

    What is merely for sale is welcome and comes after them where a list is ranked (node.listings.queries.serves_both).
    """
    return purpose != "offer" or terms in ("barter", "gift") or bool(barter) or answers_id is not None


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
