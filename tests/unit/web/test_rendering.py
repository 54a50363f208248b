"""Dates, money and names as the reader writes them; static files; templates that cannot forget a value."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest
from markupsafe import Markup

from web import rendering
from web.context import Reader, welcome

NOW = datetime(2026, 11, 21, 20, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def reader() -> Reader:
    who = Reader(now=NOW, zone=ZoneInfo("Europe/London"))
    welcome(who)
    return who


def test_english_times_are_told_as_on_the_door() -> None:
    assert rendering.format_clock(NOW) == "20:40"
    assert rendering.format_clock(NOW, "Europe/Paris") == "21:40"
    assert rendering.format_day(NOW) == "21 November 2026"
    assert rendering.format_moment(NOW) == "21 Nov 2026, 20:40"
    assert rendering.format_short_day(date(2026, 3, 1)) == "1 Mar"
    assert rendering.format_short_day(date(2027, 3, 1)) == "1 Mar 2027"


def test_french_reader(reader: Reader) -> None:
    reader.language = "fr"
    assert rendering.format_day(NOW) == "21 novembre 2026"
    assert rendering.format_money(123450, "EUR") == "1\u202f234,50\xa0€"
    assert rendering.language_name("de") == "allemand"
    assert rendering.own_language_name("de") == "Deutsch"


def test_how_long_ago() -> None:
    assert rendering.format_ago(NOW - timedelta(seconds=20)) == "just now"
    assert rendering.format_ago(NOW - timedelta(hours=3)) == "3 hours ago"
    assert rendering.format_ago(NOW + timedelta(days=2)) == "in 2 days"
    assert rendering.format_ago(NOW - timedelta(days=30)) == "22 Oct"


def test_a_moment_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        rendering.format_clock(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_money_by_currency() -> None:
    assert rendering.format_money(1400, "EUR") == "€14.00"
    assert rendering.format_money(1400, "JPY") == "JP¥1,400"


def test_initials_and_tints() -> None:
    assert rendering.initials("Alice Marie Fournier") == "AF"
    assert rendering.initials("Ørsted") == "Ø"
    assert rendering.initials("  ") == "·"
    assert rendering.tint("Alice") == rendering.tint("Alice") in range(1, 6)


def test_prose_is_cleaned_whatever_it_was() -> None:
    dirty = '<p onclick="x()">a<script>alert(1)</script><a href="javascript:x">b</a><img src=x onerror=y></p>'
    dirty += "<style>p {}</style>"
    html = rendering.prose(dirty)
    assert isinstance(html, Markup)
    for word in ("script", "onclick", "onerror", "javascript", "<style", "<img"):
        assert word not in html
    assert 'rel="nofollow noopener ugc"' in rendering.prose('<a href="https://x.test">x</a>')


def test_linked_text_is_escaped() -> None:
    html = rendering.linked('<b> http://a.test/reset/x?y=1&z=2 "quoted"')
    assert html.startswith('&lt;b&gt; <a href="http://a.test/reset/x?y=1">')
    assert "<b>" not in html


def test_static_addresses_change_with_the_content() -> None:
    assets = rendering.assets()
    url = assets.url("commensal.css")
    found = assets.find("commensal.css")
    assert found is not None
    assert url == f"/static/{found[2]}/commensal.css"
    assert found[0].index(b"@layer tokens, base") < found[0].index(b".button")
    assert assets.find("../app.py") is None
    with pytest.raises(KeyError):
        assets.url("missing.css")


@pytest.mark.parametrize("name", sorted(rendering.environment().list_templates()))
def test_every_template_compiles(name: str) -> None:
    rendering.environment().get_template(name)


def test_a_forgotten_value_is_an_error() -> None:
    template = rendering.environment().from_string("{{ forgotten }}")
    with pytest.raises(jinja2.UndefinedError):
        template.render()


def test_everything_is_escaped() -> None:
    template = rendering.environment().from_string("{{ x }}{{ ui.chip(x) }}")
    assert "<script>" not in template.render(x="<script>")


def test_icons_that_are_used_are_there() -> None:
    """A name without a drawing would be an empty square."""
    import re

    sprite = (Path(rendering.__file__).parent / "static/vendor/lucide.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    used = set()
    for path in (Path(rendering.__file__).parent / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        used |= set(re.findall(r'icon(?:_name|)\s*[(=]\s*"([a-z0-9-]+)"', text))
    assert used - drawn == set()
    assert len(used) > 10
