"""What a filter finds, and that no words of a member make it slow."""

import time

from node.filters.model import Filter, FilterWord
from node.filters.service import MOST_TOGETHER, Whole, matching


def _found(words: list[tuple[str, bool]], text: str) -> tuple[str, ...]:
    one = Whole(Filter(title="x"), tuple(FilterWord(text=word, is_whole_word=whole) for word, whole in words), ())
    return tuple(word for match in matching([one], {1: text}).get(1, ()) for word in match.words)


def test_whole_words_end_where_letters_end() -> None:
    assert _found([("Lottery", True)], "a LOTTERY, for all") == ("lottery",)
    assert _found([("lottery", True)], "lottery_win lotterys") == ()
    assert _found([("lottery", False)], "lotterys") == ("lottery",)
    assert _found([("#win!", True)], "x#win!y") == ("#win!",)  # signs have no ends that letters could touch
    assert _found([(".*", False), ("(a+)+$", False)], "aaaa") == ()


def test_words_made_to_be_slow_are_not() -> None:
    # As one pattern these took five seconds for one post, and a page has forty.
    words = [("a" * (100 + number % 90) + "bc"[number % 2] + "a" * 9, False) for number in range(199)]
    started = time.perf_counter()
    assert _found([*words, ("zz", False)], "a" * 20_000) == ()
    assert _found([("b" + "a" * 98, True)] * MOST_TOGETHER, "a" * 20_000) == ()
    assert time.perf_counter() - started < 0.5
