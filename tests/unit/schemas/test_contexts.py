"""The `@context` we write: the well-known ones first, only what is needed, nothing that is not defined."""

import json
from pathlib import Path
from typing import Any

from schemas import contexts
from schemas.contexts import ACTIVITYSTREAMS, with_context
from support.strict import complaints


def inline(document: dict[str, Any]) -> dict[str, Any]:
    context = with_context(document)["@context"]
    return next((part for part in context if isinstance(part, dict)), {})


def test_plain_document_has_the_plain_context() -> None:
    assert with_context({"type": "Follow", "id": "https://a.test/1"})["@context"] == ACTIVITYSTREAMS


def test_only_terms_in_use() -> None:
    document = {"type": "Note", "tag": [{"type": "Hashtag", "name": "#oak"}], "sensitive": True}
    assert inline(document) == {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}


def test_terms_bring_their_prefixes() -> None:
    document = {"type": "Person", "attachment": [{"type": "PropertyValue", "value": "x"}], "commensal:hostCard": {}}
    assert inline(document) == {
        "schema": "http://schema.org#",
        "commensal": "https://w3id.org/commensal#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
    }


def test_order_and_proof() -> None:
    document = with_context({"type": "Person", "assertionMethod": [], "publicKey": {}}, proven=True)
    assert document["@context"] == [
        ACTIVITYSTREAMS,
        contexts.SECURITY,
        contexts.DATA_INTEGRITY,
        contexts.DID,
        contexts.MULTIKEY,
    ]
    assert next(iter(document)) == "@context"


def test_no_context_on_a_host_of_ours() -> None:
    known = ("https://www.w3.org/", "https://w3id.org/", "https://purl.archive.org/", "https://gotosocial.org/")
    assert all(address.startswith(known) for address in contexts.REMOTE)


GOLDEN = sorted((Path(__file__).parents[2] / "documents" / "commensal").glob("*.json"))


def test_strict_readers_have_nothing_against_what_we_write() -> None:
    written = {path.stem: json.loads(path.read_bytes()) for path in GOLDEN}
    whole = {name: document for name, document in written.items() if "@context" in document}
    assert len(whole) > 12
    assert {name: wrong for name, document in whole.items() if (wrong := complaints(document))} == {}


def test_strict_readers_notice() -> None:
    wrong = {"@context": ACTIVITYSTREAMS, "type": "Note", "commensal:frame": "x", "role": "y", "tag": {}, "url": None,
             "published": "2026-11-21T10:00:00.5Z", "updated": "2026-11-21T09:00:00Z"}  # fmt: skip
    assert complaints(wrong) == {
        "nothing explains commensal:frame",
        "nothing explains role",
        "tag is {}",
        "url is None",
        "published is 2026-11-21T10:00:00.5Z",
        "changed before it was there",
    }
