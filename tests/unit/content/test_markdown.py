"""What members write and strangers send becomes the few tags every microblog shows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import markdown
from node.markdown import Named, render

KNOWN = {"bob@masto.test": Named("https://masto.test/@bob", "bob"), "alice": Named("https://a.test/@alice", "alice")}


def tag_url(tag: str) -> str:
    return f"https://a.test/tags/{tag}"


def html(text: str) -> str:
    return render(text, KNOWN, tag_url).html


def test_mentions_become_h_cards() -> None:
    rendered = render("@bob@masto.test and @Alice, but not @nobody@beta.test", KNOWN, tag_url)
    assert rendered.mentions == ("bob@masto.test", "alice")
    assert (
        '<span class="h-card"><a href="https://masto.test/@bob" class="u-url mention">@<span>bob</span></a></span>'
        in rendered.html
    )
    assert "@nobody@beta.test" in rendered.html


@pytest.mark.parametrize(
    "text", ["`@alice`", "[@alice](https://x.test)", "https://a.test/@alice", "me@alice", "```\n@alice\n```"]
)
def test_no_mention_in_code_links_and_words(text: str) -> None:
    assert render(text, KNOWN, tag_url).mentions == ()


def test_hashtags() -> None:
    rendered = render("#Bäckerei and #2026 and #oak2 and #oak2, https://x.test/#frag\n#first", KNOWN, tag_url)
    assert rendered.hashtags == ("Bäckerei", "oak2", "first")
    assert 'href="https://a.test/tags/backerei"' in rendered.html
    assert "<h1" not in rendered.html


def test_at_most_64_hashtags() -> None:
    assert len(render(" ".join(f"#tag{n}" for n in range(100)), KNOWN, tag_url).hashtags) == 64


def test_markup() -> None:
    assert html("**a** *b* `c`") == "<p><strong>a</strong> <em>b</em> <code>c</code></p>"
    assert html("- a\n- b") == "<ul><li>a</li><li>b</li></ul>"
    assert html("> a") == "<blockquote><p>a</p></blockquote>"
    assert html("a\nb") == "<p>a<br />\nb</p>"
    assert 'rel="nofollow noopener noreferrer"' in html("see www.oak.com")


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://x.test/a.png)", "<img src=x onerror=y>",
     "[x](data:text/html,x)", '[x](https://x.test/"onmouseover="y)', "# title", "---", "<b onclick=x>b</b>"],
)  # fmt: skip
def test_nothing_else_comes_out(text: str) -> None:
    found = html(text)
    assert set(re.findall(r"</?([a-z0-9]+)", found)) <= markdown.TAGS | {"span"}
    assert "javascript:" not in re.findall(r'href="([^"]*)"', found)
    assert not re.search(r"<[^>]*\son\w+=", found)


@given(st.text(alphabet=st.sampled_from("@#ab<>&\"'`*[]()!_-\n .:/é\\alicehttps"), max_size=120))
def test_our_own_text_needs_no_cleaning(text: str) -> None:
    def words(found: str) -> str:
        return re.sub(r' (rel|class)="[^"]*"', "", found).replace("<br />", "<br>").replace("&quot;", '"')

    found = html(text)
    assert words(markdown.clean(found)) == words(found)


def test_html_from_strangers() -> None:
    sent = (
        '<h1>Hi</h1><p onclick="x">a <a href="javascript:x">j</a><a href="https://x.test" class="evil mention">l</a>'
        '<img src=x><script>1</script><iframe src="//x"></iframe></p>'
    )
    assert markdown.clean(sent) == (
        '<p><strong>Hi</strong></p><p>a <a rel="nofollow noopener noreferrer">j</a>'
        '<a href="https://x.test" class="mention" rel="nofollow noopener noreferrer">l</a></p>'
    )


@given(st.text(max_size=200))
def test_cleaning_never_fails_and_is_stable(text: str) -> None:
    once = markdown.clean(text)
    assert markdown.clean(once) == once
    assert "<script" not in once.lower()


def test_plain_words() -> None:
    assert markdown.plain("<p>a &amp; b<br>c</p><ul><li>d</li></ul>") == "a & b\nc\nd"


def test_handles() -> None:
    assert markdown.handles("@Alice @bob@masto.test. x@y.test `@carol`") == ("alice", "bob@masto.test", "carol")
