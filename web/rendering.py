"""Turns templates and values into pages: Jinja, and filters by the reader's locale."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp.web as aioweb
import jinja2
from babel import Locale, UnknownLocaleError, numbers
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from markupsafe import Markup, escape

from node import money
from node.industries import catalogue as industries
from node.listings.queries import ListingView
from node.listings.rules import CATEGORIES
from node.markdown import plain
from node.posts.queries import PostView
from node.reactions.service import SIGNS
from node.translations import locale_of, moment
from node.words import Message
from schemas.event import Event
from schemas.values import host_of
from web.assets import assets
from web.context import HEARD, SAID, Said, Viewer, house_of, node_of, reader
from web.translations import gettext, ngettext, say

if TYPE_CHECKING:
    import nh3

# Dates, money and names, the way the reader writes them


def _local(when: datetime, zone: str | ZoneInfo | None = None) -> datetime:
    if when.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be shown")
    return when.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone or reader().zone)


def format_day(when: date | datetime) -> str:
    """21 November 2026"""
    return format_date(_local(when) if isinstance(when, datetime) else when, "long", locale=reader().locale)


def format_short_day(when: date | datetime) -> str:
    """21 Nov, with the year only when it is another one"""
    when = _local(when).date() if isinstance(when, datetime) else when
    return _short_day(when, when.year == _local(reader().now).year, reader().language)


@lru_cache(maxsize=2000)
def _short_day(day: date, is_this_year: bool, language: str) -> str:
    return format_skeleton("MMMd" if is_this_year else "yMMMd", day, locale=locale_of(language))


def format_clock(when: datetime, zone: str | None = None) -> str:
    """08:00, in the reader's zone or, for "her time", in the named one"""
    return format_time(
        _local(when, zone), "short", tzinfo=ZoneInfo(zone) if zone else reader().zone, locale=reader().locale
    )


def format_moment(when: datetime) -> str:
    """21 Nov 2026, 08:00"""
    return moment(when, reader().language, reader().zone)


def format_ago(when: datetime) -> str:
    """3 hours ago; a date when it is longer than a week"""
    distance = when - reader().now
    if abs(distance) > timedelta(days=7):
        return format_short_day(when)
    if abs(distance) < timedelta(seconds=50):
        return gettext("just now")
    seconds = distance.total_seconds()
    exact = 60 if abs(seconds) < 7200 else 600
    return _ago(round(seconds / exact) * exact, reader().language)


@lru_cache(maxsize=2000)
def _ago(seconds: int, language: str) -> str:
    distance = timedelta(seconds=seconds)
    return format_timedelta(distance, add_direction=True, threshold=0.9, locale=locale_of(language))


def format_gathering(event: Event) -> str:
    """5 Dec 2026, 14:00–17:30 (Europe/Stockholm): by the clock of the place where one is known, else the reader's."""
    if event.starts_at is None:
        return ""
    zone = _zone_named(event.zone) or reader().zone
    starts, ends = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone) if event.ends_at else None
    day = format_date(starts.date(), "full", locale=reader().locale)
    if event.is_whole_day:
        return day

    def clock(when: datetime) -> str:
        return format_time(when, "short", tzinfo=zone, locale=reader().locale)

    said = f"{day}, {clock(starts)}"
    if ends is not None:
        same_day = ends.date() == starts.date() or ends - starts < timedelta(hours=12)
        later = (
            clock(ends) if same_day else f"{format_date(ends.date(), 'medium', locale=reader().locale)}, {clock(ends)}"
        )
        said += f"–{later}" if same_day else f" – {later}"
    if starts.utcoffset() == event.starts_at.astimezone(reader().zone).utcoffset():
        return said
    return f"{said} ({zone.key}) · " + gettext("%(time)s your time") % {"time": format_clock(event.starts_at)}


@lru_cache(maxsize=200)
def _zone_named(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def format_month(when: datetime) -> str:
    return format_skeleton("MMM", _local(when), locale=reader().locale)


def format_month_of_year(first: date) -> str:
    """Nov 2026"""
    return format_skeleton("yMMM", first, locale=reader().locale)


def format_day_number(when: datetime) -> str:
    return str(_local(when).day)


def format_weekday(when: datetime) -> str:
    return format_skeleton("EEE", _local(when), locale=reader().locale)


def format_money(minor: int, currency: str) -> str:
    """1400, EUR → €14.00 (minor units by the currency's own number of digits)"""
    return money.written(minor, currency, reader().locale)


def format_number(value: int | float | Decimal) -> str:
    return numbers.format_decimal(value, locale=reader().locale)


def language_name(code: str) -> str:
    """fr → French, in the reader's language"""
    try:
        return Locale.parse(code, sep="-").get_display_name(reader().locale) or code
    except (UnknownLocaleError, ValueError):
        return code


def own_language_name(code: str) -> str:
    """fr → français"""
    try:
        return Locale.parse(code, sep="-").display_name or code
    except (UnknownLocaleError, ValueError):
        return code


def initials(name: str) -> str:
    """Two letters for a plate without a picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "·"


def tint(name: str) -> int:
    """One of five tints, always the same for a name."""
    return hashlib.sha256(name.encode()).digest()[0] % 5 + 1


def field_id(name: str) -> str:
    """The HTML id of a form field, so that an error in the summary can point at it."""
    return "field-" + name.replace(".", "-").replace("[", "-").replace("]", "")


# The environment


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("web"),
        autoescape=True,
        auto_reload=False,  # templates and styles of one process belong together
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "day": format_day,
        "short_day": format_short_day,
        "time": format_clock,
        "moment": format_moment,
        "ago": format_ago,
        "month": format_month,
        "month_of_year": format_month_of_year,
        "gathering_time": format_gathering,
        "with_emojis": with_emojis,
        "host_shown": host_shown,
        "day_number": format_day_number,
        "weekday": format_weekday,
        "money": format_money,
        "number": format_number,
        "language_name": language_name,
        "own_language_name": own_language_name,
        "initials": initials,
        "tint": tint,
        "field_id": field_id,
        "say": say,
        "prose": prose,
        "in_words": in_words,
        "linked": linked,
        "listing_category": _listing_category,
        "industry": _industry,
    }
    environment.globals |= {"static": lambda name: assets().url(name), "csrf_token": lambda: reader().csrf}
    environment.globals["industries"] = _industries
    environment.globals["signs"] = SIGNS
    environment.globals["here"] = lambda: reader().back
    environment.globals["as_before"] = _AsBefore()
    environment.globals["ui"] = _components(environment)
    return environment


class _AsBefore:
    """Posts as they were drawn for a visitor before, where they would look the same: most of a page are such posts."""

    MOST = 500

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[PostView, str]] = OrderedDict()

    def __call__(self, said_post: Any, view: PostView, card: ListingView | None, viewer: Viewer | None) -> str:
        extras = view.extras
        # What a member sees has forms of their own; what else tells a time is drawn anew.
        if viewer is not None or card is not None or view.quoted or extras.card or extras.poll or extras.event:
            drawn: str = said_post(view, card, viewer)
            return drawn
        who = reader()
        key = (view.id, view.cursor, who.language, who.zone, format_ago(view.at))
        kept = self._kept.get(key)
        if kept is not None and kept[0] == view:
            self._kept.move_to_end(key)
            return kept[1]
        drawn = said_post(view, card, viewer)
        self._kept[key] = (view, drawn)
        if len(self._kept) > self.MOST:
            self._kept.popitem(last=False)
        return drawn


def _listing_category(code: str) -> str:
    return gettext(CATEGORIES.get(code, code))


def _industry(code: str) -> str:
    """``10.71 Bakery``, in the reader's language."""
    return industries.label(code, reader().language)


def _industries() -> list[str]:
    """What a field for an industry suggests."""
    return [found.label(reader().language) for found in industries.everyday()]


def _components(environment: jinja2.Environment) -> SimpleNamespace:
    """All macros of templates/components as one namespace: ``ui.place_card(…)`` in any template, no imports."""
    macros: dict[str, Any] = {}
    for path in environment.list_templates():
        if path.startswith("components/"):
            for name, value in vars(environment.get_template(path).module).items():
                if not name.startswith("_"):
                    macros[name] = value
    return SimpleNamespace(**macros)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    return _environment()


@lru_cache(maxsize=1)
def _cleaner() -> "nh3.Cleaner":
    import nh3

    return nh3.Cleaner(
        tags={"p", "br", "a", "strong", "b", "em", "i", "del", "s", "code", "pre", "blockquote", "ul", "ol", "li",
              "span", "h1", "h2", "h3", "h4", "hr"},
        attributes={"a": {"href", "lang"}, "span": {"lang"}, "p": {"lang"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )  # fmt: skip


@lru_cache(maxsize=400)
def prose(html: str) -> Markup:
    """Text of members and strangers, cleaned once more on the way out whatever stored it."""
    return Markup(_cleaner().clean(html))  # noqa: S704 - the one place that declares markup safe; it was just cleaned


def in_words(html: str, most: int) -> str:
    """The beginning of a text without its HTML, on one line."""
    words = " ".join(plain(html[: most * 20]).split())
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + "…"


_TAG = re.compile(r"""(<[^>"]*(?:"[^"]*"[^>"]*)*>)""")
_SHORTCODE = re.compile(r":([A-Za-z0-9_.+-]{1,100}):", re.ASCII)


def with_emojis(text: str | Markup, pictures: Mapping[str, str]) -> Markup:
    """Text, or HTML that was cleaned, with what stands between colons as small pictures; what is none stays a word."""
    shown = escape(text)
    if not pictures:
        return shown

    def picture(found: re.Match[str]) -> str:
        source = pictures.get(found[1])
        if source is None:
            return found[0]
        word = found[0]
        return f'<img class="emoji" src="{escape(source)}" alt="{word}" title="{word}" width="20" height="20">'

    # Only between the tags: an address may have colons in it too.
    parts = (part if part.startswith("<") else _SHORTCODE.sub(picture, part) for part in _TAG.split(str(shown)))
    return Markup("".join(parts))  # noqa: S704 - escaped or cleaned before, and the names have safe letters only


def host_shown(address: str) -> str:
    """The host of an address, for a link must say where it leads."""
    return host_of(address) or address


def linked(text: str) -> Markup:
    """Plain text with its addresses made into links."""
    return Markup(re.sub(r"https?://[^\s<>&]+", r'<a href="\g<0>">\g<0></a>', str(escape(text))))  # noqa: S704 - escaped before


def render(template: str, values: Mapping[str, Any]) -> str:
    return environment().get_template(template).render(values)


class _PagesBefore:
    """Pages as visitors got them before, given again while all that stands on them is the same.

    To find out what stands on a page costs less than to draw it, and what is written meanwhile seldom stands there.
    """

    MOST = 64
    LARGEST = 60_000
    FRESH = timedelta(seconds=15)
    """So old what they say of the time may be, as with remembered answers."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], tuple[Mapping[str, Any], datetime, str]] = OrderedDict()

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        who = reader()
        key = (template, values["path"], who.language, who.zone.key)
        made_from = {name: value for name, value in values.items() if name != "reader"}
        kept = self._kept.get(key)
        if kept is not None and timedelta() <= who.now - kept[1] < self.FRESH and kept[0] == made_from:
            self._kept.move_to_end(key)
            return kept[2]
        text = render(template, values)
        # A page with forms has the secret of one browser in it, one that leads back its address.
        if not (who.has_forms or who.leads_back or len(text) > self.LARGEST):
            self._kept[key] = (made_from, who.now, text)
            if len(self._kept) > self.MOST:
                self._kept.popitem(last=False)
        return text


_pages_before = _PagesBefore()


def page(request: aioweb.Request, template: str, status: int = 200, *, of: str = "", **values: Any) -> aioweb.Response:
    """A whole page, with what every page needs: reader, viewer, house, path, and what was just said.

    ``of`` is the id of what the page shows, for programs that find it by the page (Link, RFC 8288).
    """
    who = reader()
    shell = {
        "reader": who,
        "viewer": who.viewer,
        "counts": who.counts,
        "house": house_of(request),
        "path": request.path,
        "said": request.get(HEARD),
        "is_development": node_of(request).config.is_development,
    }
    is_for_all = who.viewer is None and shell["said"] is None and status == 200
    text = (_pages_before.render if is_for_all else render)(template, shell | values)
    response = aioweb.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    if of:
        response.headers["Link"] = f'<{of}>; rel="alternate"; type="application/activity+json"'
    if who.viewer is not None or who.has_forms:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def said(location: str, message: Message | str | None = None, *, undo: str = "") -> aioweb.Response:
    """Go on to ``location`` (303) and say ``message`` there; ``undo`` is a path to POST to."""
    response = aioweb.Response(status=303, headers={"Location": location})
    if message is not None:
        response[SAID] = Said(say(message), undo)  # the middleware puts it into a cookie
    return response
