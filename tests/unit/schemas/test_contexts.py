"""The `@context` we write: the well-known ones first, only what is needed, nothing that is not defined."""

from typing import Any

from schemas import contexts
from schemas.contexts import ACTIVITYSTREAMS, with_context


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
