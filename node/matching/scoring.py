"""How well a listing of somebody else fits what a member offers or seeks, and why. Pure.

Two listings meet by their words or their trade; what else speaks for them only puts them in order.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from node.matching.terms import GUESSED, INDUSTRY, NAMED, SAID, Term, is_word

Reason = dict[str, Any]
"""One part of the sentence that says why; see node.matching.reasons."""

LEAST = 90
"""Points of words and trade together below which two listings do not meet."""
TWO_WAY = 1000
"""Who also has what one seeks, or seeks what one has, stands above everybody else."""
_WORDS_MOST = 500.0
_WORDS_HALF = 5.5
"""Rarity of shared words, in the titles of both, that brings half of it: one rare word or two common ones."""
_JOINT = {6: 1.0, 4: 0.6, 2: 0.25}
"""How much a shared word counts: in both titles, in one title and one text, in both texts."""
_TRADE = {5: 260, 4: 160, 2: 70}
"""By the length of the code both have: class, group, division."""
_TRUST = {SAID: 1.0, NAMED: 0.6, GUESSED: 0.3}
_NEAR_KM, _FAR_KM = 5.0, 200.0
_DISTANCE, _SAME_PLACE = 120, 100
_LANGUAGE, _PRICE, _GIFT, _CATEGORY, _FRESH = 60, 100, 60, 30, 60
_TOLERANCE = 1.25
"""An offer dearer than that, by the budget, falls behind."""
_EARTH_KM = 6371.0
_WORDS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Side:
    """A listing, or what a member's page says, as far as matching looks at it."""

    id: int | None
    author_id: int
    purpose: str
    terms: Mapping[str, Term]
    category: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    serves_km: int | None = None
    price: int | None = None
    currency: str | None = None
    unit: str = "one"
    is_gift: bool = False
    barter: frozenset[str] = frozenset()
    """Stems of what is wished in return."""
    languages: frozenset[str] = frozenset()
    """What its author speaks, as far as they say."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How well two sides fit, and why, the strongest reason first."""

    points: int
    reasons: list[Reason] = field(default_factory=list)
    is_two_way: bool = False


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much a word says: the fewer listings have it, the more."""

    listings: int
    having: Mapping[str, int]

    def of(self, term: str) -> float:
        # As if there were a thousand listings more, of which hardly any has the word: else a small node tells nothing.
        return max(0.0, math.log((self.listings + 1000) / (self.having.get(term, 0) + 4)))

    def is_common(self, term: str) -> bool:
        """Too many have it for it to bring two together."""
        return self.having.get(term, 0) > max(300, self.listings * 0.12)


def score(own: Side, other: Side, rarity: Rarity, now: datetime) -> Score | None:
    """How well ``other`` fits ``own``; None when nothing joins them, or one of them is out of the other's reach."""
    if own.purpose == other.purpose or own.author_id == other.author_id:
        return None
    words, shared = _words(own, other, rarity)
    trade, code = _trade(own.terms, other.terms)
    if words + trade < LEAST:
        return None
    km = distance(own, other)
    offer, ask = (own, other) if own.purpose == "offer" else (other, own)
    if km is not None and offer.serves_km is not None and km > offer.serves_km:
        return None
    points = words + trade
    reasons: list[Reason] = []
    if shared:
        reasons.append({"why": "words", "words": shared})
    if code:
        reasons.append({"why": "industry", "code": code})
    if km is not None:
        points += _nearness(km)
        reasons.append({"why": "km", "km": round(km)})
    elif own.place and own.place.casefold() == other.place.casefold():
        points += _SAME_PLACE
        reasons.append({"why": "place", "place": other.place})
    spoken = sorted(own.languages & other.languages)
    if spoken:
        points += _LANGUAGE
        reasons.append({"why": "languages", "languages": spoken[:2]})
    priced, reason = _price(offer, ask)
    points += priced
    if reason:
        reasons.append({"why": reason})
    if own.category and own.category == other.category:
        points += _CATEGORY
    if other.at is not None:
        weeks = max(0, (now - other.at).days // 7)  # by the week, or every night would change every score
        points += round(_FRESH * 0.8**weeks)
    is_exchange = _is_exchange(own, other)
    if is_exchange:
        points += TWO_WAY
        reasons.append({"why": "exchange"})
    return Score(max(1, points), reasons, is_exchange)


def both_ways(found: Score) -> Score:
    """The same for somebody with whom it fits in the other direction, too."""
    if found.is_two_way:
        return found
    return Score(found.points + TWO_WAY, [*found.reasons, {"why": "two_way"}], True)


def distance(one: Side, other: Side) -> float | None:
    """Kilometres as the crow flies; None where one of the places is not known."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north, north2 = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north2 - north) / 2) ** 2 + math.cos(north) * math.cos(north2) * (
        math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def _words(own: Side, other: Side, rarity: Rarity) -> tuple[int, list[str]]:
    """Points for shared words and hashtags, and the words by which to name them, as the other wrote them."""
    found: list[tuple[float, str]] = []
    for term, theirs in other.terms.items():
        mine = own.terms.get(term)
        if mine is None or term.startswith(INDUSTRY) or rarity.is_common(term):
            continue
        found.append((rarity.of(term) * _JOINT.get(mine.weight + theirs.weight, 1.0), term))
    if not found:
        return 0, []
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    total = sum(worth for worth, _ in found)
    points = round(_WORDS_MOST * (1 - 0.5 ** (total / _WORDS_HALF)))
    named: dict[str, str] = {}
    for _, term in found:
        word = other.terms[term].word
        named.setdefault(word.casefold(), word if is_word(term) else f"#{word}")
    return points, list(named.values())[:_WORDS_NAMED]


def _trade(own: Mapping[str, Term], other: Mapping[str, Term]) -> tuple[int, str]:
    """Points for the same class, group or division, and the longest code that both have."""
    shared = [term for term in other if term.startswith(INDUSTRY) and term in own]
    if not shared:
        return 0, ""
    closest = max(shared, key=len)
    points = _TRADE.get(len(closest) - 1, 0) * _TRUST[min(own[closest].weight, other[closest].weight)]
    return round(points), closest.removeprefix(INDUSTRY)


def _nearness(km: float) -> int:
    if km <= _NEAR_KM:
        return _DISTANCE
    return max(0, round(_DISTANCE * (1 - math.log(km / _NEAR_KM) / math.log(_FAR_KM / _NEAR_KM))))


def _price(offer: Side, ask: Side) -> tuple[int, str]:
    if offer.is_gift:
        return _GIFT, "gift"
    if None in (offer.price, ask.price) or (offer.currency, offer.unit) != (ask.currency, ask.unit):
        return 0, ""
    assert offer.price is not None
    assert ask.price is not None
    if offer.price <= ask.price:
        return _PRICE, "budget"
    return (-_PRICE if offer.price > ask.price * _TOLERANCE else 0), ""


def _is_exchange(own: Side, other: Side) -> bool:
    """One says what is wished in return, and the other has it."""
    return bool(own.barter & other.terms.keys()) or bool(other.barter & own.terms.keys())


def best(own: Sequence[Side], other: Side, rarity: Rarity, now: datetime) -> tuple[Side, Score] | None:
    """Which of a member's own it fits best."""
    found = [(side, result) for side in own if (result := score(side, other, rarity, now)) is not None]
    return max(found, key=lambda pair: pair[1].points) if found else None
