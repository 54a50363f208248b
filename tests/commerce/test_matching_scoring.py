"""How a need and an offer meet: by words in any form, by trade in any language, and what puts them in order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from node.industries import catalogue
from node.matching import reasons, terms
from node.matching.scoring import TWO_WAY, Rarity, Score, Side, best, both_ways, distance, score

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
FEW = Rarity(2, {})


def side(purpose: str, title: str, text: str = "", *, language: str = "en", author: int = 2, **values: object) -> Side:
    found = terms.terms(title, text, language=language, industry=str(values.pop("industry", "")))
    fields: dict[str, object] = {"id": author * 10, "author_id": author, "at": NOW} | values
    return Side(purpose=purpose, terms=found, **fields)  # type: ignore[arg-type]


def ask(title: str, **values: object) -> Side:
    return side("request", title, **{"author": 1} | values)  # type: ignore[arg-type]


def points(one: Side, other: Side) -> int:
    found = score(one, other, FEW, NOW)
    return found.points if found is not None else 0


def test_words_meet_in_any_of_their_forms() -> None:
    found = score(ask("60 bread baskets, willow, by October"), side("offer", "Willow and ash basket-making"), FEW, NOW)
    assert found is not None
    assert found.reasons[0] == {"why": "words", "words": ["basket", "willow"]}
    french = ask("Boulanger cherche un panier", language="fr")
    assert points(french, side("offer", "Paniers d’osier", language="fr")) > 0
    assert points(ask("Körbe gesucht", language="de"), side("offer", "Ein Korb aus Weide", language="de")) > 0
    assert points(french, side("offer", "We mend bicycles")) == 0
    assert points(ask("Looking for a good new one"), side("offer", "Good new offers for you")) == 0, "empty words"
    assert points(ask("By Friday, 3 October"), side("offer", "From Friday, October 3")) == 0, "a date is no need"


def test_one_word_in_the_texts_alone_is_not_enough_but_a_rare_one_in_the_title_is() -> None:
    wanted = ask("Help with the harvest", text="There will be cake")
    assert points(wanted, side("offer", "Weddings", "Cake and flowers")) == 0
    assert points(wanted, side("offer", "Harvest hands")) > 0


def test_a_word_that_everybody_uses_brings_nobody_together() -> None:
    common = Rarity(1000, {"tabl": 400, "oak": 3})
    assert score(ask("Table"), side("offer", "Table"), common, NOW) is None
    oak = score(ask("Oak"), side("offer", "Oak"), common, NOW)
    table = score(ask("Oak table"), side("offer", "Oak table"), common, NOW)
    assert oak is not None
    assert oak == table


def test_the_trade_meets_in_every_language_that_names_it() -> None:
    wanted = side("request", "Brot für das Fest", language="de", author=1, industry=catalogue.guess("Bäckerei"))
    offered = side("offer", "Pain au levain", language="fr", industry=catalogue.guess("boulangerie"))
    found = score(wanted, offered, FEW, NOW)
    assert found is not None
    assert found.reasons[0] == {"why": "industry", "code": "10.71"}
    assert "Boulangerie" in reasons.sentence("offer", found.reasons, "fr")
    neighbour = side("offer", "Biscottes", language="fr", industry="10.72")
    other = side("offer", "Chaussures", language="fr", industry="15.20")
    assert points(wanted, offered) > points(wanted, neighbour) > points(wanted, other) == 0


def test_near_cheap_shared_and_fresh_come_first_but_join_nobody() -> None:
    here = {"latitude": 55.6, "longitude": 13.0}
    wanted = ask("Willow baskets", price=1500, currency="EUR", languages=frozenset({"fr"}), **here)
    plain = {"latitude": 57.7, "longitude": 11.97}
    base = points(wanted, side("offer", "Willow baskets", **plain))
    assert points(wanted, side("offer", "Willow baskets", latitude=55.7, longitude=13.2)) > base
    assert points(wanted, side("offer", "Willow baskets", price=1400, currency="EUR", **plain)) > base
    assert points(wanted, side("offer", "Willow baskets", price=9900, currency="EUR", **plain)) < base
    assert points(wanted, side("offer", "Willow baskets", price=9900, currency="SEK", **plain)) == base
    assert points(wanted, side("offer", "Willow baskets", languages=frozenset({"fr"}), **plain)) > base
    assert points(wanted, side("offer", "Willow baskets", is_gift=True, **plain)) > base
    assert points(wanted, side("offer", "Willow baskets", at=NOW - timedelta(days=90), **plain)) < base
    nothing = side("offer", "Tax advice", latitude=55.6, longitude=13.0, is_gift=True, languages=frozenset({"fr"}))
    assert points(wanted, nothing) == 0


def test_who_does_not_come_so_far_is_no_match() -> None:
    wanted = ask("Oak table", latitude=55.6, longitude=13.0)
    there = {"latitude": 57.7, "longitude": 11.97}
    assert 230 < (distance(wanted, side("offer", "Oak table", **there)) or 0) < 260
    assert points(wanted, side("offer", "Oak table", serves_km=300, **there)) > 0
    assert points(wanted, side("offer", "Oak table", serves_km=100, **there)) == 0
    assert points(side("offer", "Oak table", serves_km=100, **there), wanted) == 0, "nor the other way round"


def test_two_way_stands_above_one_way() -> None:
    wanted = ask("Willow baskets for bread", barter=frozenset({"bread"}))
    strong = score(wanted, side("offer", "Willow baskets for bread", is_gift=True), FEW, NOW)
    weak = score(wanted, side("offer", "Baskets", text="I am paid in bread"), FEW, NOW)
    assert weak is not None
    assert weak.is_two_way, "one has what the other wishes in return"
    assert strong is not None
    one_way = score(ask("Willow baskets"), side("offer", "Willow baskets", is_gift=True), FEW, NOW)
    assert one_way is not None
    assert not one_way.is_two_way
    assert weak.points > one_way.points
    assert both_ways(one_way).points == one_way.points + TWO_WAY
    assert both_ways(both_ways(one_way)) == both_ways(one_way)


def test_nobody_meets_themselves_or_somebody_on_the_same_side() -> None:
    assert score(ask("Oak"), ask("Oak", author=2), FEW, NOW) is None
    assert score(ask("Oak", author=2), side("offer", "Oak"), FEW, NOW) is None
    assert best([], ask("Oak"), FEW, NOW) is None


def test_the_reason_is_a_sentence_of_the_reader() -> None:
    parts = [
        {"why": "words", "words": ["baskets"]},
        {"why": "km", "km": 14},
        {"why": "languages", "languages": ["fr"]},
        {"why": "budget"},
    ]
    assert reasons.sentence("offer", parts, "en") == "offers “baskets”, 14 km, speaks French, within your budget"
    assert reasons.sentence("request", parts, "fr").startswith("cherche « baskets », 14 km, parle français")
    assert reasons.sentence("offer", [{"why": "stars", "sign": "Leo"}, {"why": "gift"}], "en") == "a gift"


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400), st.sampled_from(["en", "fr", "de", "xx", "", "pt-BR"]))
def test_any_text_gives_words_that_fit_their_columns(title: str, text: str, language: str) -> None:
    found = terms.terms(title, text, language=language)
    assert len(found) <= terms.MOST
    assert all(0 < len(term) <= 60 and len(kept.word) <= 60 for term, kept in found.items())
    other = Side(id=1, author_id=1, purpose="request", terms=found)
    result = score(Side(id=2, author_id=2, purpose="offer", terms=found), other, FEW, NOW)
    assert result is None or isinstance(result, Score)
