"""HTML made to be slow: the time that it takes grows with its length alone."""

import time

import pytest

from node import markdown, markup
from node.previews import reading

SIZE = 100_000
SLOW = [
    part * (SIZE // len(part))
    for part in (
        "<h1 ", "<h1", "<div>", "<blockquote>", "<p>", "<!--", "<a x=\"", "<a x='", "</", "<?", "<meta content=\"",
        "<meta ", "<title", "<script>", "<style></", "&", "&#x", "<b><i>", "<div x=\">", "<![CDATA[",
    )
]  # fmt: skip


@pytest.mark.parametrize("html", SLOW, ids=lambda html: html[:15])
def test_markup_made_to_be_slow_is_not(html: str) -> None:
    """Seconds to minutes each, with the parser of the library and with what lies in itself however deep."""
    for read in (markdown.clean, markdown.plain, lambda html: reading.read("https://p.test/", html.encode())):
        begun = time.process_time()
        read(html)
        assert time.process_time() - begun < 0.6, "a fifth of a second, and more for a slow machine"


def test_very_much_markup_is_read_like_little() -> None:
    flat = '<p>One <a href="https://p.test/?a>b" rel="nofollow noopener noreferrer">a &lt; b</a></p>' * 1500
    assert markdown.clean(flat) == flat.replace("a>b", "a&gt;b") or markdown.clean(flat) == flat
    deep = markdown.clean("<blockquote>" * 3000 + "words" + "</blockquote>" * 3000)
    assert deep == "<blockquote>" * 100 + "words" + "</blockquote>" * 100
    odd = "<script>alert(1)</script><!-- <b> --><x>1 < 2</x><p>a<br/>b</ul></p>" * 500
    assert markdown.clean(odd) == "1 &lt; 2<p>a<br>b</p>" * 500


def test_words_of_markup() -> None:
    assert markdown.plain("<p>One<br>two</p><!-- no --><ul><li>a &amp; b<li title='x>y'>c</ul>1 < 2") == (
        "One\ntwo\na & b\nc1 < 2"
    )
    assert markdown.plain("<title>T</title> <textarea><b></textarea>") == "T <b>"


def test_attributes_as_they_are_written() -> None:
    assert markup.attributes(""" A=1 b = "two words" c='3' d e= " a=2""") == {"a": "1", "b": "two words", "c": "3"}
    assert markup.attributes("a" * 50_000 + " x=1" + "b" * 50_000) == {}
