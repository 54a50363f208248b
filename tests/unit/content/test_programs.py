"""What other programs write is read without loss of what matters: one row for each recorded document."""

from datetime import UTC, datetime
from typing import Any

import pytest

from node import catalogue
from node.posts import readings
from schemas.event import Event
from schemas.note import Note
from schemas.question import Question
from schemas.values import PUBLIC, Malformed, parse
from support.inbound import DOCUMENTS


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


ROWS: dict[str, dict[str, Any]] = {
    "mastodon/note-quote": {
        "kind": "note", "author": "https://masto.test/users/bob", "warning": "Shop talk", "language": "en",
        "text": '<p>This, and :plane:</p><p><a href="https://masto.test/media/plane.mp4"',
        "quote": "https://alpha.test/ap/objects/9", "emojis": ["plane"], "pictures": ["A bench plane"],
        "blurhash": "UBL_:rOpGG-oBUNG,qRj", "is_public": True, "sensitive": True,
    },
    "mastodon/question": {"kind": "poll", "options": [("Rye", 5), ("Spelt", 4)], "voters": 7, "is_multiple": True},
    "gotosocial/question": {
        "kind": "poll", "options": [("I", 1), ("Not I", 0)], "voters": 1, "is_multiple": False,
        "ends_at": at(2026, 11, 22, 16, 30), "language": "sv",
    },
    "pleroma/question": {
        "kind": "poll", "options": [("Oil", 2), ("Wax", 3)], "voters": None,
        "closed_at": at(2026, 11, 30, 12, 0, 0, 123456),
    },
    "pleroma/chat-message": {"kind": "note", "text": "Are you there?", "is_public": False},
    "akkoma/note": {
        "kind": "note", "text": "Six <b>chairs</b>"[:4], "pictures": ["Chairs"], "emojis": ["ok"], "language": "de",
        "quote": "https://masto.test/users/bob/statuses/11", "blurhash": "UBL_:rOpGG-oBUNG,qRj",
    },
    "misskey/note": {
        "kind": "note", "exactly": "<p><span>Well said</span></p>", "quote": "https://masto.test/users/bob/statuses/11",
        "pictures": ["A lathe"], "is_public": True, "sensitive": True,
    },
    "pixelfed/note": {"kind": "note", "pictures": ["Light on boards", None], "hashtags": ["oak"]},
    "peertube/video": {
        "kind": "other", "author": "https://tube.test/accounts/pia", "name": "How to plane oak", "language": "sv",
        "text": "<p>Plane *oak*,</p><p>slowly</p>", "url": "https://tube.test/w/1", "pictures": [None],
    },
    "lemmy/page": {
        "kind": "article", "name": "A good article on glue", "language": "en", "pictures": [None],
        "has": ["Worth reading", 'href="https://glue.test/hide"', "(glue.test)"],
    },
    "lemmy/comment": {"kind": "note", "reply": "https://lemmy.test/post/5", "mentions": ["https://piefed.test/u/dora"]},
    "piefed/page": {"kind": "article", "name": "Which glue?", "language": "de", "text": "<p>Asking for a chair.</p>"},
    "mbin/page": {"kind": "article", "name": "First snow", "hashtags": ["garden"], "pictures": ["Snow on kale"]},
    "mobilizon/event": {
        "kind": "event", "author": "https://mobi.test/@alice", "name": "Breakfast of the quarter",
        "place": "Hall, Storgatan 1, 211 34 Malmö", "starts_at": at(2026, 12, 4, 7), "ends_at": at(2026, 12, 4, 9),
        "zone": "Europe/Stockholm", "join_url": "https://tickets.test/9", "link": "https://quarter.test/breakfast",
        "state": "confirmed", "places_left": 7, "text": "<p>Come hungry.</p>", "pictures": ["Banner"], "language": "sv",
    },
    "mobilizon/event-cancelled": {"kind": "event", "state": "cancelled", "is_online": True, "ends_at": None},
    "gancio/event": {
        "kind": "event", "place": "Hall 4, Storgatan 9, Malmö", "starts_at": at(2026, 12, 5, 13),
        "pictures": ["A toaster, opened"], "exactly": "<p>Bring what is broken.</p>", "warning": None,
    },
    "friendica/event": {"kind": "event", "place": "The square", "starts_at": at(2026, 12, 6, 7), "language": "de"},
    "friendica/note": {"kind": "note", "name": "A title on a note", "text": "Long words", "warning": None},
    "hubzilla/article": {"kind": "article", "name": "On hinges", "hashtags": ["hinges"],
                         "url": "https://hub.test/channel/hal?mid=h1", "is_public": True},
    "wordpress/article": {
        "kind": "article", "name": "Ten years of a shop", "language": "en", "pictures": ["The shop"],
        "exactly": "<p>We opened in the rain.</p><p><strong>Then</strong></p><p>Somebody came.</p>", "may_quote": ("https://www.w3.org/ns/activitystreams#Public",),
    },
    "wordpress/event": {
        "kind": "event", "state": "postponed", "place": "Workshop, Hafenstraße 2", "link": "https://meet.test/open",
        "pictures": ["An open door"], "join_url": "https://wp.test/open-workshop/",
    },
    "ghost/article": {"kind": "article", "name": "A letter on bread", "pictures": [None],
                      "text": "<p>Dear reader.</p>"},
    "writefreely/article": {"kind": "article", "name": "Quiet", "hashtags": ["quiet"]},
    "mitra/post": {"kind": "note", "quote": "https://alpha.test/ap/objects/9", "is_public": False},
    "bonfire/note": {"kind": "note", "author": "https://bonfire.test/pub/actors/ben", "name": "Clay"},
    "bookwyrm/review": {"kind": "article", "pictures": ["Ida Berg: On oak"], "reply": None,
                        "name": 'Review of "On oak" (4 stars): Patience'},
    "nodebb/article": {"kind": "article", "name": "Which saw for dovetails?", "audience": "https://forum.test/category/2"},
    "threads/note": {"kind": "note", "quote": "https://threads.test/ap/users/9/post/10/", "pictures": ["Photo by Tom"],
                     "published": at(2026, 11, 21, 10)},
    "funkwhale/audio": {"kind": "other", "name": "Mara Holm - Planing song",
                        "url": "https://funkwhale.test/library/uploads/0d7a"},
    "flohmarkt/item": {"kind": "listing", "pictures": ["The bike"]},
}  # fmt: skip


def read(path: str) -> dict[str, Any]:
    return parse((DOCUMENTS / f"{path}.json").read_bytes())


def seen(document: dict[str, Any]) -> dict[str, Any]:
    """Everything a row may speak of."""
    note = Note.read(document)
    kind = catalogue.claiming(document)
    return {
        **{name: getattr(note, name) for name in
           ("name", "language", "quote", "is_public", "sensitive", "url", "may_quote", "audience", "published")},
        **{name: getattr(note.event or Event(), name) for name in
           ("place", "starts_at", "zone", "join_url", "link", "state", "places_left", "is_online")},
        "kind": kind.name if kind else None,
        "author": note.attributed_to,
        "warning": note.summary if note.type in ("Note", "Question") else None,
        "options": [(option.text, option.votes) for option in note.question.options] if note.question else None,
        "voters": note.question.voters if note.question else None,
        "is_multiple": note.question.is_multiple if note.question else None,
        "closed_at": note.question.closed_at if note.question else None,
        "ends_at": note.question.ends_at if note.question else note.event.ends_at if note.event else None,
        "emojis": [emoji.shortcode for emoji in note.emojis],
        "pictures": [picture.alt for picture in note.pictures],
        "blurhash": note.pictures[0].blurhash if note.pictures else None,
        "hashtags": [tag for tag, _ in note.hashtags],
        "mentions": [mention.href for mention in note.mentions],
        "reply": note.in_reply_to,
        "text": readings.content(note),
    }  # fmt: skip


def test_what_matters_is_read() -> None:
    wrong = []
    for path, expected in ROWS.items():
        found = seen(read(path))
        text = found["text"]
        if "text" in expected and not text.startswith(expected["text"]):
            wrong.append((path, "text", text))
        if "exactly" in expected and text != expected["exactly"]:
            wrong.append((path, "text", text))
        wrong += [(path, "text", part) for part in expected.get("has", ()) if part not in text]
        wrong += [
            (path, name, found[name])
            for name, value in expected.items()
            if name not in ("text", "exactly", "has") and found[name] != value
        ]
    assert wrong == []


BASE = {"id": "https://p.test/1", "type": "Note", "attributedTo": "https://p.test/a", "content": "x", "to": [PUBLIC]}
ODD: dict[str, tuple[dict[str, Any], str, Any]] = {
    "several types": ({"type": ["pt:Thing", "Question"], "oneOf": [{"name": "a"}, {"name": "b"}]}, "kind", "poll"),
    "a type nobody knows": ({"type": "Recipe", "name": "Bread"}, "kind", "other"),
    "a place": ({"type": "Place", "name": "Hall", "content": None}, "name", "Hall"),
    "an album": ({"type": "Album", "summary": "Ten pictures", "content": None}, "text", "Ten pictures"),
    "a summary alone is no warning": ({"type": "Video", "summary": "S", "content": None}, "warning", None),
    "a map alone": ({"content": None, "contentMap": {"fi": "hei"}}, "text", "hei"),
    "its language": ({"content": None, "contentMap": {"fi": "hei"}}, "language", "fi"),
    "several languages": ({"content": "hei", "contentMap": {"en": "hi", "fi": "hei"}}, "language", "fi"),
    "an undetermined one": ({"contentMap": {"und": "x"}}, "language", None),
    "plain text": ({"mediaType": "text/plain", "content": "a < b"}, "text", "<p>a &lt; b</p>"),
    "markdown": ({"mediaType": "text/markdown", "content": "a\n\nb"}, "text", "<p>a</p><p>b</p>"),
    "urls": (
        {
            "url": [
                {"type": "Link", "mediaType": "video/mp4", "href": "https://p.test/v"},
                {"type": "Link", "mediaType": "text/html", "href": "https://p.test/h"},
            ]
        },
        "url",
        "https://p.test/h",
    ),
    "a url elsewhere": ({"url": "https://evil.test/1"}, "url", None),
    "nine digits": ({"published": "2026-11-21T10:00:00.123456789Z"}, "published", at(2026, 11, 21, 10, 0, 0, 123456)),
    "an offset": ({"published": "2026-11-21T10:00:00+01:00"}, "published", at(2026, 11, 21, 9)),
    "no zone": ({"published": "2026-11-21T10:00:00"}, "published", at(2026, 11, 21, 10)),
    "a date": ({"published": "2026-11-21"}, "published", at(2026, 11, 21)),
    "a space": ({"published": "2026-11-21 10:00:00Z"}, "published", at(2026, 11, 21, 10)),
    "a year beyond years": ({"published": "12026-11-21T10:00:00Z"}, "published", None),
    "another spelling of everybody": ({"to": "as:Public"}, "is_public", True),
    "a bare one": ({"to": ["Public"]}, "is_public", True),
    "a prefixed key": ({"as:sensitive": True}, "sensitive", True),
    "truth as text": ({"sensitive": "true"}, "sensitive", True),
    "nulls": ({"tag": None, "attachment": None, "cc": None, "inReplyTo": None, "summary": None}, "text", "x"),
    "one attachment": ({"attachment": {"type": "Image", "url": "https://p.test/i"}}, "pictures", [None]),
    "alt text as summary": (
        {"attachment": [{"type": "Image", "url": "https://p.test/i", "summary": "S"}]},
        "pictures",
        ["S"],
    ),
    "a tag without a type": ({"tag": [{"name": "#a"}, {"type": "Hashtag", "name": "ö"}]}, "hashtags", ["ö"]),
    "a parent in a list": ({"inReplyTo": ["https://p.test/0"]}, "reply", "https://p.test/0"),
    "a parent embedded": ({"inReplyTo": {"id": "https://p.test/0", "type": "Note"}}, "reply", "https://p.test/0"),
    "a quote in the old way": ({"quoteUrl": "https://p.test/q"}, "quote", "https://p.test/q"),
    "a quote embedded": ({"quote": {"id": "https://p.test/q", "type": "Note"}}, "quote", "https://p.test/q"),
    "a quote named in a line of its own": (
        {
            "quote": "https://p.test/q",
            "content": '<p>x</p><p><span class="quote-inline"><br>RE: https://p.test/q</span></p>',
        },
        "text",
        "<p>x</p>",
    ),
    "a quote that leads nowhere": ({"quote": "javascript:alert(1)"}, "quote", None),
    "a question without answers": ({"type": "Question", "oneOf": []}, "kind", "other"),
    "answers twice": ({"type": "Question", "anyOf": [{"name": "a"}, {"name": "a"}]}, "options", [("a", 0)]),
    "counts as text": (
        {"type": "Question", "oneOf": [{"name": "a", "replies": {"totalItems": "3"}}]},
        "options",
        [("a", 3)],
    ),
    "counts beyond counting": (
        {"type": "Question", "oneOf": [{"name": "a", "replies": {"totalItems": 10**12}}]},
        "options",
        [("a", 2**31 - 1)],
    ),
    "a day": ({"type": "Event", "startTime": "2026-12-04"}, "starts_at", at(2026, 12, 4)),
    "an end before the start": (
        {"type": "Event", "startTime": "2026-12-04T10:00:00Z", "endTime": "2026-12-04T10:00:00Z"},
        "ends_at",
        None,
    ),
    "an end that is not meant": (
        {
            "type": "Event",
            "startTime": "2026-12-04T10:00:00Z",
            "displayEndTime": False,
            "endTime": "2026-12-05T10:00:00Z",
        },
        "ends_at",
        None,
    ),
    "a place as text": ({"type": "Event", "location": "Hall"}, "place", "Hall"),
    "an emoji without colons": (
        {"tag": [{"type": "Emoji", "name": "x", "icon": "https://p.test/x.png"}]},
        "emojis",
        ["x"],
    ),
    "an emoji of many letters": (
        {"tag": [{"type": "Emoji", "name": ":<b>:", "icon": "https://p.test/x.png"}]},
        "emojis",
        [],
    ),
    "a hundred emoji": (
        {"tag": [{"type": "Emoji", "name": f":e{n}:", "icon": "https://p.test/x.png"} for n in range(100)]},
        "emojis",
        [f"e{n}" for n in range(64)],
    ),
}


def test_oddities() -> None:
    wrong = {}
    for name, (changes, field, expected) in ODD.items():
        found = seen({**BASE, **changes})[field]
        if found != expected:
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize(
    "kind", ["Relationship", "Tombstone", "Agreement", "Person", "Like", "OrderedCollection", "Emoji"]
)
def test_what_is_not_for_reading_is_not_claimed(kind: str) -> None:
    assert catalogue.claiming({**BASE, "type": kind, "name": "x"}) is None


def test_nothing_readable_is_not_claimed() -> None:
    assert catalogue.claiming({**BASE, "type": "Recipe", "content": None}) is None
    assert catalogue.claiming({**BASE, "type": "Recipe", "attributedTo": None}) is None


def test_nonsense_is_malformed_at_most() -> None:
    nonsense: list[Any] = [7, True, [], {}, [[]], {"a": {"b": []}}, "", "x" * 5_000, [None, 3, {"type": 9}], -1.5]
    keys = (
        "oneOf",
        "anyOf",
        "endTime",
        "closed",
        "votersCount",
        "location",
        "startTime",
        "timezone",
        "status",
        "eventStatus",
        "attachment",
        "tag",
        "quote",
        "_misskey_quote",
        "preview",
        "interactionPolicy",
        "inLanguage",
        "language",
        "image",
        "icon",
        "actor",
        "externalParticipationUrl",
        "displayEndTime",
        "draft",
        "url",
        "name",
    )
    for kind in ("Note", "Question", "Event", "Article", "Video", "Thing"):
        for key in keys:
            for value in nonsense:
                document = {**BASE, "type": kind, key: value}
                for reader in (Note.read, Question.read, Event.read, catalogue.claiming):
                    try:
                        found = reader(document)  # type: ignore[operator]
                    except Malformed:
                        continue
                    if isinstance(found, Note):
                        readings.content(found)
