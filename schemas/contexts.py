"""Writes the `@context` of a document: the well-known contexts and own terms that it uses, and no others.

Nothing here is ever fetched, and what others put in their `@context` changes nothing about how we read them.
"""

from collections.abc import Iterator
from typing import Any

from schemas.values import Document

ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v1"
"""v1, not v2: both define the proof terms we use, and every Fedify release has v1 at hand without fetching it."""
DID = "https://www.w3.org/ns/did/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
WEBFINGER = "https://purl.archive.org/socialweb/webfinger"
GOTOSOCIAL = "https://gotosocial.org/ns"

# In the order in which they are written. did/v1 and multikey/v1 together keep assertionMethod alive through
# JSON-LD expansion; the set is the one that Fedify has preloaded.
REMOTE: dict[str, frozenset[str]] = {
    SECURITY: frozenset({"publicKey", "publicKeyPem"}),
    DATA_INTEGRITY: frozenset({"proof"}),
    DID: frozenset({"assertionMethod"}),
    MULTIKEY: frozenset({"assertionMethod", "publicKeyMultibase"}),
    WEBFINGER: frozenset({"webfinger"}),
    GOTOSOCIAL: frozenset({"interactionPolicy", "interactingObject", "interactionTarget"}),
}

PREFIXES = {
    "schema": "http://schema.org#",
    "toot": "http://joinmastodon.org/ns#",
    "vf": "https://w3id.org/valueflows/ont/vf#",
    "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    "commensal": "https://w3id.org/commensal#",
    "lemmy": "https://join-lemmy.org/ns#",
    "fedibird": "http://fedibird.com/ns#",
    "misskey": "https://misskey-hub.net/ns#",
    "mz": "https://joinmobilizon.org/ns#",
}

TERMS: dict[str, str | dict[str, str]] = {
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "blurhash": "toot:blurhash",
    "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "votersCount": "toot:votersCount",
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
    "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
    "quoteUri": "fedibird:quoteUri",
    "_misskey_quote": "misskey:_misskey_quote",
    "Member": "mz:Member",
    "role": "mz:role",
    "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id", "@container": "@list"},
    "Proposal": "vf:Proposal",
    "Intent": "vf:Intent",
    "purpose": "vf:purpose",
    "publishes": "vf:publishes",
    "reciprocal": "vf:reciprocal",
    "unitBased": "vf:unitBased",
    "action": "vf:action",
    "resourceConformsTo": {"@id": "vf:resourceConformsTo", "@type": "@id"},
    "resourceQuantity": "vf:resourceQuantity",
    "availableQuantity": "vf:availableQuantity",
    "minimumQuantity": "vf:minimumQuantity",
    "Agreement": "vf:Agreement",
    "Commitment": "vf:Commitment",
    "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
    "stipulates": "vf:stipulates",
    "stipulatesReciprocal": "vf:stipulatesReciprocal",
    "hasUnit": "om2:hasUnit",
    "hasNumericalValue": "om2:hasNumericalValue",
}


def with_context(document: Document, *, proven: bool = False) -> Document:
    """document with the `@context` it needs in front; `proven` when a FEP-8b32 proof will be added to it."""
    used = set(_words(document))
    if proven:
        used.add("proof")
    context: list[Any] = [ACTIVITYSTREAMS]
    context += [address for address, terms in REMOTE.items() if not terms.isdisjoint(used)]
    terms = {term: meaning for term, meaning in TERMS.items() if term in used}
    prefixes = {word.partition(":")[0] for word in used if ":" in word and not word.startswith("http")}
    for meaning in terms.values():
        expanded = meaning["@id"] if isinstance(meaning, dict) else meaning
        prefixes.add(expanded.partition(":")[0])
    own = {prefix: address for prefix, address in PREFIXES.items() if prefix in prefixes} | terms
    if own:
        context.append(own)
    body = {key: value for key, value in document.items() if key != "@context"}
    return {"@context": context if len(context) > 1 else ACTIVITYSTREAMS, **body}


def without_context(document: Document) -> Document:
    """document as it is embedded in another one that has the context."""
    return {key: value for key, value in document.items() if key != "@context"}


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "@context" or key.endswith("Map"):
                continue
            yield key
            if key == "type" and isinstance(inner, str):
                yield inner
            else:
                yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
