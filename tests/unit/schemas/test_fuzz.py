"""Whatever stands where in a document, a reader reads it or says that it is malformed, and nothing else."""

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import discovery, emoji, values
from schemas.activities import Activity
from schemas.actors import Actor, HostCard
from schemas.collections import Collection
from schemas.event import Event
from schemas.group import Group
from schemas.note import Note
from schemas.proposal import Intent, Place, Proposal, Quantity
from schemas.question import Question
from schemas.relationship import Relationship
from schemas.tombstone import Tombstone
from schemas.values import Document, Malformed

AS = "https://www.w3.org/ns/activitystreams"
WHOLE: Document = {
    "@context": [AS, {"x": "https://x.test/ns#"}],
    "id": "https://b.test/1",
    "type": ["Note", "Proposal"],
    "actor": "https://b.test/sam",
    "attributedTo": [{"id": "https://b.test/sam", "type": "Person"}],
    "object": {"id": "https://b.test/2", "type": "Note", "attributedTo": "https://b.test/sam", "content": "x"},
    "name": "a", "nameMap": {"en": "a"},
    "preferredUsername": "sam", "content": "<p>x</p>", "contentMap": {"de": "y"},
    "summary": "s", "published": "2026-05-04T09:00:00Z", "updated": "2026-05-04T09:00:00+02:00", "endTime": "P1D",
    "startTime": "2026-05-04T09:00:00Z", "closed": True, "votersCount": 3, "duration": "PT2H", "mediaType": "text/html",
    "oneOf": [{"type": "Note", "name": "yes", "replies": {"type": "Collection", "totalItems": 3}}],
    "to": ["as:Public"], "cc": "https://b.test/sam/followers", "inReplyTo": {"id": "https://b.test/0"},
    "tag": [{"type": "Mention", "href": "https://a.test/u", "name": "@u"}, {"type": "Hashtag", "name": "#t"},
            {"type": "Emoji", "name": ":e:", "icon": {"type": "Image", "url": "https://b.test/e.png"}},
            {"type": "Link", "rel": "https://misskey-hub.net/ns#_misskey_quote", "href": "https://c.test/1"}],
    "attachment": [{"type": "Document", "mediaType": "image/png", "url": [{"href": "https://b.test/p", "width": 3}],
                    "focalPoint": [0.1, -0.2], "blurhash": "abc"},
                   {"type": "PropertyValue", "name": "a", "value": "b"}],
    "icon": {"type": "Image", "url": {"type": "Link", "href": "https://b.test/i"}}, "image": ["https://b.test/j"],
    "url": ["https://b.test/@sam", {"type": "Link", "href": "https://b.test/h", "rel": "me"}],
    "inbox": "https://b.test/in", "outbox": "https://b.test/out", "endpoints": {"sharedInbox": "https://b.test/shared"},
    "publicKey": [{"id": "https://b.test/sam#k", "owner": "https://b.test/sam", "publicKeyPem": "PEM"}],
    "assertionMethod": [{"id": "https://b.test/sam#e", "type": "Multikey", "controller": "https://b.test/sam",
                         "publicKeyMultibase": "z6Mk"}],
    "location": {"type": "Place", "name": "Hall", "latitude": 50.1, "longitude": "8.6",
                 "address": {"streetAddress": "x", "addressLocality": "y"}},
    "purpose": "offer", "publishes": {"resourceQuantity": {"hasNumericalValue": "3", "hasUnit": "kg"}},
    "reciprocal": {"type": "Intent", "resourceQuantity": {"hasNumericalValue": "3.50", "hasUnit": "EUR"}},
    "first": {"type": "CollectionPage", "items": ["https://b.test/5"], "next": "https://b.test/6"},
    "orderedItems": [{"id": "https://b.test/7"}], "totalItems": 3, "target": "https://b.test/t",
    "subject": "acct:a@b",
    "relationship": "http://purl.org/vocab/relationship/worksWith", "formerType": "Note", "links": [
        {"rel": "self", "type": "application/activity+json", "href": "https://b.test/sam", "template": "x{uri}"}],
    "software": {"name": "x", "version": "1"}, "metadata": {"nodeName": "n"}, "quoteUrl": "https://c.test/q",
    "interactionPolicy": {"canQuote": {"automaticApproval": "as:Public"}}, "generator": {"implements": ["x"]},
    "aliases": ["https://b.test/@sam"], "alsoKnownAs": "https://c.test/sam", "movedTo": None, "sensitive": "true",
}  # fmt: skip

READERS: tuple[Callable[[Document], Any], ...] = (
    Activity.read, Actor.read, HostCard.read, Collection.read, Event.read, Group.read, Note.read, Intent.read,
    Place.read, Proposal.read, Quantity.read, Question.read, Relationship.read, Tombstone.read, discovery.Jrd.read,
    discovery.NodeInfo.read, discovery.nodeinfo_address, discovery.application_address, emoji.emojis, values.author_of,
    values.page_url,
)  # fmt: skip
FIELDS = (
    values.first, values.embedded, values.one_id, values.required_id, values.ids, values.audience, values.language_map,
    values.text, values.line, values.language, values.html, values.moment, values.decimal, values.whole, values.flag,
)  # fmt: skip

words = st.text(max_size=12) | st.sampled_from(
    ["", " ", "https://", "https://b.test/1", "http://[::1", "https://b.test:99999/", "//b", "1e999", "NaN", "-0",
     "9" * 40, "2026-02-30T99:00:00Z", "0000-00-00", "9999-12-31T23:59:59-14:00", "P9999999999D", "Note", "Tombstone",
     "as:Public", "@", "a@b@c", "<b>" * 20, "\N{KELVIN SIGN}", "\u202e", "٣"]
)  # fmt: skip
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | st.sampled_from(sorted(WHOLE)), inner, max_size=4)
    ),
    max_leaves=12,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside a value: what it is in, and where in that."""
    found: list[tuple[Any, Any]] = []
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *_places(value[key])]
    return found


@st.composite
def damaged(draw: st.DrawFn) -> Document:
    """A document with everything in it, of which a few things are something else."""
    document = copy.deepcopy(WHOLE)
    if draw(st.booleans()):
        document["type"] = draw(st.sampled_from(["Person", "Event", "Question", "Create", "Relationship", "Offer"]))
    for _ in range(draw(st.integers(1, 4))):
        inside, key = draw(st.sampled_from(_places(document)))
        inside[key] = draw(anything)
    return document


@settings(derandomize=True, deadline=None, max_examples=100)
@given(damaged() | st.dictionaries(st.sampled_from(sorted(WHOLE)), anything, max_size=8))
def test_any_document_is_read_or_malformed(document: Document) -> None:
    untouched = copy.deepcopy(document)
    for read in READERS:
        with contextlib.suppress(Malformed):
            read(document)
    for key in document:
        for field in FIELDS:
            with contextlib.suppress(Malformed):
                field(document, key)
    assert document == untouched, "who reads changes nothing"


@pytest.mark.parametrize("read", READERS)
def test_the_whole_document_is_not_just_refused_by_all(read: Callable[[Document], Any]) -> None:
    """Otherwise the test above would mean little."""
    for kind in ("Note", "Person", "Group", "Event", "Question", "Create", "Relationship", "Tombstone", "Proposal",
                 "Intent", "Place", "Collection", "Measure"):  # fmt: skip
        with contextlib.suppress(Malformed):
            read({**WHOLE, "type": kind})
            return
    raise AssertionError(f"{read} reads none of it")
